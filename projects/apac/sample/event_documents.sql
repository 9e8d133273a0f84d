-- Generated data: one JSON document a delivery of an event, times in milliseconds; what is null is left out.
select
    jsonb_strip_nulls(
        jsonb_build_object(
            'id', event_id,
            'session', session_id,
            'user', user_id,
            'kind', case event_type
                when 'page_view' then 'PageViewed'
                when 'add_to_cart' then 'CartItemAdded'
                when 'checkout' then 'CheckoutCompleted'
                when 'package_shipped' then 'ParcelDispatched'
            end,
            'ts', (extract(epoch from occurred_at) * 1000)::bigint,
            'zone', case country
                when 'SG' then 'Asia/Singapore'
                when 'AU' then 'Australia/Sydney'
                when 'JP' then 'Asia/Tokyo'
                when 'IN' then 'Asia/Kolkata'
            end,
            'country', country,
            'url', 'https://' || lower(country) || '.plants.example.com' || page_path,
            'sku', product_id,
            'order', order_id,
            'client', jsonb_build_object('device', device)
        )
    ) as document,
    (extract(epoch from arrived_at) * 1000)::bigint as received_ms
from facts_events
order by arrived_at, event_id, delivery
