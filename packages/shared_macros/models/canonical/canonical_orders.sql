-- One row an order, in the state that was last seen; one that its source deleted is left out.
with history as (

    select * from {{ ref('order_snapshot') }}

),

final as (

    select
        order_id,
        user_id,
        status,
        ordered_at,
        order_total,
        currency,
        shipping_service,
        tracking_id,
        estimated_delivery_at,
        delivered_at,
        country
    from history
    where {{ shared_macros.is_current() }}

)

select * from final
