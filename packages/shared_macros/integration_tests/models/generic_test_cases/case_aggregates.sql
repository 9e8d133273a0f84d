-- One row a number, for the failing and passing cases of aggregate_equals.
with final as (

    select 1 as amount
    union all
    select 2
    union all
    select null

)

select * from final
