-- One row an event of the web shop; the business day is the UTC day, and its collector knows no device.
with deliveries as (

    select * from {{ source('web', 'events') }}

),

-- an event delivered twice stands twice in identical rows
events as (

    select distinct * from deliveries

),

final as (

    select
        cast(event_id as varchar(64)) as event_id,
        cast(session_id as varchar(64)) as session_id,
        cast(user_id as varchar(64)) as user_id,
        cast(event_type as varchar(32)) as event_type,
        cast(created_at as timestamp) as occurred_at,
        {{ shared_macros.business_date('created_at', "'UTC'") }} as business_date,
        cast(page_url as varchar(2048)) as page_url,
        cast(order_id as varchar(64)) as order_id,
        cast(product_id as varchar(64)) as product_id,
        cast('US' as varchar(16)) as country,
        {{ shared_macros.not_provided('varchar(16)') }} as device
    from events

)

select * from final
