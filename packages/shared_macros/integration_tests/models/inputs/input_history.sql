-- One row a state of a snapshot. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(16)) as state,
        cast(null as timestamp) as dbt_valid_to,
        cast(null as varchar(5)) as dbt_is_deleted
    where 1 = 0

)

select * from final
