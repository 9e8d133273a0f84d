-- One row a funnel and comparison of two periods. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(64)) as funnel,
        cast(null as date) as base_from,
        cast(null as date) as base_to,
        cast(null as date) as period_from,
        cast(null as date) as period_to
    where 1 = 0

)

select * from final
