-- One row a session, day and amount: contract_rows with one row changed and one left out.
with final as (

    select 1 as session, cast('2024-05-01' as date) as day, 1 as amount
    union all
    select 1 as session, cast('2024-05-02' as date) as day, 5 as amount
    union all
    select 1 as session, cast('2024-05-04' as date) as day, 5 as amount
    union all
    select 2 as session, cast('2024-05-04' as date) as day, cast(null as integer) as amount
    union all
    select 2 as session, cast('2024-05-05' as date) as day, 10 as amount


)

select * from final
