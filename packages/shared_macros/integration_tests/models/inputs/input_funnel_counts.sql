-- One row a funnel, day and step. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(64)) as funnel,
        cast(null as varchar(16)) as unit,
        cast(null as date) as unit_date,
        cast(null as integer) as step_number,
        cast(null as varchar(64)) as step,
        cast(null as bigint) as entered,
        cast(null as bigint) as reached,
        cast(null as bigint) as pending,
        cast(null as boolean) as is_final
    where 1 = 0

)

select * from final
