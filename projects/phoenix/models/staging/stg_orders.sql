-- One row an order in its latest state; an order whose latest change is a deletion is left out.
with changes as (

    select * from {{ source('shop', 'order_changes') }}

),

-- a load may bring several changes of an order, and a late one is not the latest
numbered as (

    select
        *,
        row_number() over (
            partition by order_number order by changed_at desc, load_id desc, change_sequence desc
        ) as changes_back
    from changes

),

latest_states as (

    select * from numbered
    where changes_back = 1 and operation <> 'D'

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
        {{ shared_macros.not_provided('varchar(16)') }} as country
    from latest_states

)

select * from final
