-- One row a row of input_times: its day in the zone.
with rows_of_input as (

    select * from {{ ref('input_times') }}

),

final as (

    select
        utc_time,
        time_zone,
        {{ shared_macros.business_date('utc_time', 'time_zone') }} as day
    from rows_of_input

)

select * from final
