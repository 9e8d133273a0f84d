-- One row a point in time in several writings. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as timestamp) as utc_time,
        cast(null as timestamp) as local_time,
        cast(null as varchar(64)) as time_zone,
        cast(null as bigint) as epoch_ms
    where 1 = 0

)

select * from final
