-- One row a session, day and amount, for the contract of dbt_utils.
with final as (

    select 1 as session, cast('2024-05-01' as date) as day, 0 as amount
    union all
    select 1 as session, cast('2024-05-02' as date) as day, 5 as amount
    union all
    select 1 as session, cast('2024-05-04' as date) as day, 5 as amount
    union all
    select 2 as session, cast('2024-05-04' as date) as day, cast(null as integer) as amount
    union all
    select 2 as session, cast('2024-05-05' as date) as day, 10 as amount
    union all
    select 2 as session, cast('2024-05-05' as date) as day, 11 as amount

)

select * from final
