-- One row an order in its current state; the country is that of the address it goes to.
with deliveries as (

    select * from {{ source('shop', 'orders') }}

),

addresses as (

    select * from {{ source('shop', 'addresses') }}

),

-- an order delivered twice stands twice in identical rows
orders as (

    select distinct * from deliveries

),

countries as (

    select
        address_id,
        max(case when country = 'United States' then 'US' else country end) as country
    from addresses
    group by address_id

),

final as (

    select
        cast(orders.order_id as varchar(64)) as order_id,
        cast(orders.user_id as varchar(64)) as user_id,
        cast(orders.status as varchar(16)) as status,
        cast(orders.created_at as timestamp) as ordered_at,
        cast(orders.order_total as numeric(12, 2)) as order_total,
        cast('USD' as varchar(16)) as currency,
        cast(orders.shipping_service as varchar(32)) as shipping_service,
        cast(orders.tracking_id as varchar(64)) as tracking_id,
        cast(orders.estimated_delivery_at as timestamp) as estimated_delivery_at,
        cast(orders.delivered_at as timestamp) as delivered_at,
        cast(countries.country as varchar(16)) as country
    from orders
    left join countries on orders.address_id = countries.address_id

)

select * from final
