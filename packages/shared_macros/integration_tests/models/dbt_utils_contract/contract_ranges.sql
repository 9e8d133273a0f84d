-- One row a range of a thing, for the contract of dbt_utils.
with final as (

    select 'a' as thing, 1 as begins, 2 as ends
    union all
    select 'a' as thing, 2 as begins, 3 as ends
    union all
    select 'b' as thing, 1 as begins, 3 as ends
    union all
    select 'b' as thing, 2 as begins, 4 as ends
    union all
    select 'c' as thing, 1 as begins, 1 as ends
    union all
    select 'd' as thing, 1 as begins, 2 as ends
    union all
    select 'd' as thing, 4 as begins, 5 as ends
    union all
    select 'e' as thing, 3 as begins, 2 as ends
    union all
    select 'f' as thing, 1 as begins, cast(null as integer) as ends

)

select * from final
