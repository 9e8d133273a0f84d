-- One row a change of an order; a deletion brings the key only.
with changes as (

    select * from {{ source('shop', 'order_changes') }}

),

final as (

    select
        cast(order_number as varchar(64)) as order_id,
        cast(account_id as varchar(64)) as user_id,
        cast(status as varchar(16)) as status,
        cast(placed_at as timestamp) as ordered_at,
        cast(total_usd as numeric(12, 2)) as order_total,
        cast('USD' as varchar(16)) as currency,
        {{ shared_macros.not_provided('varchar(32)') }} as shipping_service,
        cast(tracking_number as varchar(64)) as tracking_id,
        {{ shared_macros.not_provided('timestamp') }} as estimated_delivery_at,
        cast(delivered_at as timestamp) as delivered_at,
        {{ shared_macros.not_provided('varchar(16)') }} as country,
        cast(changed_at as timestamp) as changed_at,
        cast(replace(load_id, 'T', '') as bigint) * 1000000 + change_sequence as change_sequence,
        operation = 'D' as is_deleted
    from changes

)

select * from final
