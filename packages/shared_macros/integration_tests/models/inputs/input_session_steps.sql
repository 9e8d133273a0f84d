-- One row a session. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as date) as session_date,
        cast(null as timestamp) as looked_at,
        cast(null as timestamp) as bought_at
    where 1 = 0

)

select * from final
