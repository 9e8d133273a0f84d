-- One row an order in its latest state; an order whose latest change is a deletion is left out.
with changes as (

    select * from {{ ref('stg_order_changes') }}

),

-- a load may bring several changes of an order, and a late one is not the latest
numbered as (

    select
        *,
        row_number() over (partition by order_id order by changed_at desc, change_sequence desc) as changes_back
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
    where changes_back = 1 and not is_deleted

)

select * from final
