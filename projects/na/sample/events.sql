-- Generated data: the web shop's collector keeps one row a delivery, in whole seconds, in the order of arrival.
select
    event_id,
    session_id,
    user_id,
    'https://na.plants.example.com' || page_path as page_url,
    date_trunc('second', occurred_at) as created_at,
    event_type,
    order_id,
    product_id
from facts_events
order by arrived_at, event_id, delivery
