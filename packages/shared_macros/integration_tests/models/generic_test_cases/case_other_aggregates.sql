-- One row a number: the other side of aggregate_equals.
with final as (

    select 3 as amount
    union all
    select cast(null as integer)

)

select * from final
