-- One row a version of an order.
with versions as (

    select * from {{ source('shop', 'order_documents') }}

),

final as (

    select
        cast(order_key as varchar(64)) as order_id,
        cast(document ->> 'customer' as varchar(64)) as user_id,
        cast(lower(document ->> 'state') as varchar(16)) as status,
        {{ shared_macros.from_epoch_ms("cast(document ->> 'placed' as bigint)") }} as ordered_at,
        cast(document -> 'amount' ->> 'value' as numeric(12, 2)) as order_total,
        cast(document -> 'amount' ->> 'currency' as varchar(16)) as currency,
        cast(document -> 'shipment' ->> 'service' as varchar(32)) as shipping_service,
        cast(document -> 'shipment' ->> 'tracking' as varchar(64)) as tracking_id,
        {{ shared_macros.not_provided('timestamp') }} as estimated_delivery_at,
        {{ shared_macros.from_epoch_ms("cast(document ->> 'delivered' as bigint)") }} as delivered_at,
        cast(document ->> 'country' as varchar(16)) as country,
        {{ shared_macros.from_epoch_ms('written_ms') }} as changed_at,
        cast(version as bigint) as change_sequence,
        cast(1 = 0 as boolean) as is_deleted
    from versions

)

select * from final
