-- Generated data: the order system keeps an order's current state, as a code, in euro cents and local times.
with current_states as (

    select distinct on (order_id)
        *,
        case country when 'PT' then 'Europe/Lisbon' when 'FR' then 'Europe/Paris' else 'Europe/Berlin' end as zone
    from facts_order_states
    order by order_id, changed_at desc

)

select
    order_id as order_no,
    encode(sha256(user_id::bytea), 'hex') as customer_hash,
    case status when 'preparing' then 10 when 'shipped' then 20 when 'delivered' then 30 when 'cancelled' then 90 end
        as status_code,
    (ordered_at at time zone 'UTC') at time zone zone as ordered_local,
    (estimated_delivery_at at time zone 'UTC') at time zone zone as eta_local,
    (delivered_at at time zone 'UTC') at time zone zone as delivered_local,
    zone,
    (order_total * 100)::bigint as total_cents,
    upper(shipping_service) as carrier_code,
    country as country_code
from current_states
