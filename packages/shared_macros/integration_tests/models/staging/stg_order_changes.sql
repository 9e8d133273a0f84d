-- One row an order of stg_orders, as the change that made it.
with orders as (

    select * from {{ ref('stg_orders') }}

),

final as (

    select
        *,
        cast(null as timestamp) as changed_at,
        cast(null as bigint) as change_sequence,
        cast(1 = 0 as boolean) as is_deleted
    from orders

)

select * from final
