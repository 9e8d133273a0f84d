-- One row a funnel, day, segment column, segment and step. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(64)) as funnel,
        cast(null as date) as unit_date,
        cast(null as varchar(16)) as segment_column,
        cast(null as varchar(64)) as segment,
        cast(null as integer) as step_number,
        cast(null as varchar(64)) as step,
        cast(null as bigint) as entered,
        cast(null as bigint) as reached,
        cast(null as bigint) as pending
    where 1 = 0

)

select * from final
