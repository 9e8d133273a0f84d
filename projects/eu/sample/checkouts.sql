-- Generated data: one row a delivery of a checkout, user ids hashed, on the visitor's own clock.
with deliveries as (

    select
        *,
        case country when 'PT' then 'Europe/Lisbon' when 'FR' then 'Europe/Paris' else 'Europe/Berlin' end as zone
    from facts_events
    where event_type = 'checkout'

)

select
    event_id as checkout_id,
    session_id as visit_id,
    encode(sha256(user_id::bytea), 'hex') as visitor_hash,
    order_id as order_no,
    (occurred_at at time zone 'UTC') at time zone zone as happened_local,
    zone,
    country as country_code,
    upper(left(device, 1)) as device_class
from deliveries
order by arrived_at, event_id, delivery
