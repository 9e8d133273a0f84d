-- One row a row of input_times: its time in UTC.
with rows_of_input as (

    select * from {{ ref('input_times') }}

),

final as (

    select
        epoch_ms,
        {{ shared_macros.from_epoch_ms('epoch_ms') }} as utc
    from rows_of_input

)

select * from final
