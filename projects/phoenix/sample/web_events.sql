-- Generated data: each hourly Glue load appends the events that arrived in its hour, repeated ones too.
with deliveries as (

    select
        *,
        to_char(
            date_trunc('hour', arrived_at - interval '1 microsecond') + interval '1 hour', 'YYYYMMDD"T"HH24'
        ) as load_id
    from facts_events

)

select
    load_id,
    row_number() over (partition by load_id order by arrived_at, event_id, delivery) as load_sequence,
    event_id,
    session_id as visit_id,
    user_id as account_id,
    case event_type
        when 'page_view' then 'PageView'
        when 'add_to_cart' then 'AddToCart'
        when 'checkout' then 'Checkout'
        when 'package_shipped' then 'PackageShipped'
    end as event_name,
    occurred_at as event_at,
    'https://phoenix.plants.example.com' || page_path as url,
    order_id as order_number,
    product_id as sku,
    device
from deliveries
order by load_id, load_sequence
