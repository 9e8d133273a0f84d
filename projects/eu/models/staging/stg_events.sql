-- One row an event of the web shop; the business day is that of Europe/Berlin, and no page address is kept.
with page_view_deliveries as (

    select * from {{ source('web', 'page_views') }}

),

cart_addition_deliveries as (

    select * from {{ source('web', 'cart_additions') }}

),

checkout_deliveries as (

    select * from {{ source('web', 'checkouts') }}

),

shipment_deliveries as (

    select * from {{ source('web', 'shipments') }}

),

-- the warehouse knows the order only: the visit is that of the order's checkout
shipments as (

    select
        shipment_deliveries.shipment_id,
        checkout_deliveries.visit_id,
        checkout_deliveries.visitor_hash,
        shipment_deliveries.order_no,
        shipment_deliveries.left_local,
        shipment_deliveries.zone,
        checkout_deliveries.country_code,
        checkout_deliveries.device_class
    from shipment_deliveries
    inner join checkout_deliveries on shipment_deliveries.order_no = checkout_deliveries.order_no

),

all_deliveries as (

    select
        view_id as event_id,
        visit_id,
        visitor_hash,
        'page_view' as event_type,
        happened_local,
        zone,
        cast(null as varchar(64)) as order_no,
        product_ref,
        country_code,
        device_class
    from page_view_deliveries
    union all
    select
        addition_id as event_id,
        visit_id,
        visitor_hash,
        'add_to_cart' as event_type,
        happened_local,
        zone,
        cast(null as varchar(64)) as order_no,
        product_ref,
        country_code,
        device_class
    from cart_addition_deliveries
    union all
    select
        checkout_id as event_id,
        visit_id,
        visitor_hash,
        'checkout' as event_type,
        happened_local,
        zone,
        order_no,
        cast(null as varchar(64)) as product_ref,
        country_code,
        device_class
    from checkout_deliveries
    union all
    select
        shipment_id as event_id,
        visit_id,
        visitor_hash,
        'package_shipped' as event_type,
        left_local as happened_local,
        zone,
        order_no,
        cast(null as varchar(64)) as product_ref,
        country_code,
        device_class
    from shipments

),

-- an event delivered twice stands twice in identical rows
events as (

    select distinct
        *,
        {{ shared_macros.to_utc('happened_local', 'zone') }} as occurred_at
    from all_deliveries

),

final as (

    select
        cast(event_id as varchar(64)) as event_id,
        cast(visit_id as varchar(64)) as session_id,
        cast(visitor_hash as varchar(64)) as user_id,
        cast(event_type as varchar(32)) as event_type,
        cast(occurred_at as timestamp) as occurred_at,
        {{ shared_macros.business_date('occurred_at', "'Europe/Berlin'") }} as business_date,
        {{ shared_macros.not_provided('varchar(2048)', as_null=true) }} as page_url,
        cast(order_no as varchar(64)) as order_id,
        cast(product_ref as varchar(64)) as product_id,
        cast(country_code as varchar(16)) as country,
        cast(
            case device_class
                when 'D' then 'desktop'
                when 'M' then 'mobile'
                when 'T' then 'tablet'
                else device_class
            end as varchar(16)
        ) as device
    from events

)

select * from final
