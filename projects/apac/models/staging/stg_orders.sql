-- One row an order in its latest version; no delivery estimate is kept.
with changes as (

    select * from {{ ref('stg_order_changes') }}

),

numbered as (

    select
        *,
        row_number() over (partition by order_id order by change_sequence desc) as changes_back
    from changes

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
    from numbered
    where changes_back = 1

)

select * from final
