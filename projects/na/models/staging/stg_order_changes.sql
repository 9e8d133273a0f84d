-- One row an order, in its current state; when it was placed is known, when its state changed is not.
with orders as (

    select * from {{ ref('stg_orders') }}

),

final as (

    select
        *,
        case status when 'preparing' then ordered_at end as changed_at,
        {{ shared_macros.not_provided('bigint') }} as change_sequence,
        cast(1 = 0 as boolean) as is_deleted
    from orders

)

select * from final
