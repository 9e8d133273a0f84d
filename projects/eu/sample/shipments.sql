-- Generated data: one row a delivery of a warehouse message, which names the order and not the visit.
with deliveries as (

    select
        *,
        case country when 'PT' then 'Europe/Lisbon' when 'FR' then 'Europe/Paris' else 'Europe/Berlin' end as zone
    from facts_events
    where event_type = 'package_shipped'

)

select
    event_id as shipment_id,
    order_id as order_no,
    (occurred_at at time zone 'UTC') at time zone zone as left_local,
    zone
from deliveries
order by arrived_at, event_id, delivery
