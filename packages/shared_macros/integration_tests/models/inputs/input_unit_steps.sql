-- One row a funnel, unit and step. Empty: the unit tests of the wrappers give the rows.
with final as (

    select
        cast(null as varchar(64)) as funnel,
        cast(null as varchar(16)) as unit,
        cast(null as varchar(64)) as unit_id,
        cast(null as varchar(64)) as user_id,
        cast(null as date) as unit_date,
        cast(null as integer) as step_number,
        cast(null as varchar(64)) as step,
        cast(null as boolean) as entered,
        cast(null as timestamp) as reached_at,
        cast(null as boolean) as is_pending,
        cast(null as boolean) as is_final,
        cast(null as bigint) as seconds_from_previous,
        cast(null as bigint) as seconds_from_entry,
        cast(null as varchar(16)) as country,
        cast(null as varchar(16)) as device,
        cast(null as varchar(64)) as product
    where 1 = 0

)

select * from final
