-- One row an underwriting application in its current state.
with deliveries as (

    select * from {{ source('underwriting', 'applications') }}

),

-- an application delivered twice stands twice in identical rows
applications as (

    select distinct * from deliveries

),

final as (

    select
        cast(application_id as varchar(64)) as application_id,
        cast(user_id as varchar(64)) as user_id,
        cast(product as varchar(32)) as product,
        cast(status as varchar(16)) as status,
        cast(quoted_at as timestamp) as quoted_at,
        cast(submitted_at as timestamp) as submitted_at,
        cast(decided_at as timestamp) as decided_at,
        cast(bound_at as timestamp) as bound_at,
        cast(annual_premium as numeric(12, 2)) as annual_premium,
        cast('USD' as varchar(16)) as currency,
        cast(country as varchar(16)) as country
    from applications

)

select * from final
