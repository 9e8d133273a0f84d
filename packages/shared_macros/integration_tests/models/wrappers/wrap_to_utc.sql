-- One row a row of input_times: its time in UTC.
with rows_of_input as (

    select * from {{ ref('input_times') }}

),

final as (

    select
        local_time,
        time_zone,
        {{ shared_macros.to_utc('local_time', 'time_zone') }} as utc
    from rows_of_input

)

select * from final
