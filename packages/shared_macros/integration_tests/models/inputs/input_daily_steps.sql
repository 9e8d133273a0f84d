-- One row a day and step. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(64)) as funnel,
        cast(null as date) as session_date,
        cast(null as integer) as step_number,
        cast(null as varchar(64)) as step,
        cast(null as bigint) as entered,
        cast(null as bigint) as reached
    where 1 = 0

)

select * from final
