-- One row a version and time in which it was held for true. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(16)) as state,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        cast(null as timestamp) as known_from,
        cast(null as timestamp) as known_to
    where 1 = 0

)

select * from final
