-- One row: the current time, and whether it is the clock's time in UTC.
with final as (

    select {{ shared_macros.current_utc() }} = cast(now() at time zone 'UTC' as timestamp) as is_utc

)

select * from final
