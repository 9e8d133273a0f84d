-- Generated data: one JSON document a version of an order, in the country's currency (the rates are made up).
with currencies as (

    select
        country,
        currency,
        rate,
        decimals
    from (values ('SG', 'SGD', 1.35, 2), ('AU', 'AUD', 1.29, 2), ('JP', 'JPY', 106, 0), ('IN', 'INR', 73.5, 2))
        as rates (country, currency, rate, decimals)

)

select
    states.order_id as order_key,
    row_number() over (partition by states.order_id order by states.changed_at) as version,
    jsonb_strip_nulls(
        jsonb_build_object(
            'customer', states.user_id,
            'state', upper(states.status),
            'placed', extract(epoch from states.ordered_at)::bigint * 1000,
            'amount', jsonb_build_object(
                'value', round(states.order_total * currencies.rate, currencies.decimals)::text,
                'currency', currencies.currency
            ),
            'shipment', jsonb_build_object('service', states.shipping_service, 'tracking', states.tracking_id),
            'delivered', extract(epoch from states.delivered_at)::bigint * 1000,
            'country', states.country
        )
    ) as document,
    extract(epoch from states.changed_at)::bigint * 1000 as written_ms
from facts_order_states as states
inner join currencies on states.country = currencies.country
order by states.changed_at, states.order_id
