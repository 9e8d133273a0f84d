-- One row a session. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(64)) as session_id,
        cast(null as varchar(64)) as user_id,
        cast(null as date) as session_date,
        cast(null as timestamp) as first_look_at,
        cast(null as timestamp) as first_buy_at
    where 1 = 0

)

select * from final
