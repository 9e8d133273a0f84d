-- No row: an aggregate over it is null.
with final as (

    select 1 as amount
    where 1 = 0

)

select * from final
