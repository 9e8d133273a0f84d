-- One row an order in its current state; the status is a code, and the tracking number is not kept.
with purchases as (

    select * from {{ source('shop', 'purchases') }}

),

-- a code that is not known here stays a number, which the tests of the canonical orders refuse
decoded as (

    select
        *,
        case status_code
            when 10 then 'preparing'
            when 20 then 'shipped'
            when 30 then 'delivered'
            when 90 then 'cancelled'
            else cast(status_code as varchar(16))
        end as status
    from purchases

),

final as (

    select
        cast(order_no as varchar(64)) as order_id,
        cast(customer_hash as varchar(64)) as user_id,
        cast(status as varchar(16)) as status,
        {{ shared_macros.to_utc('ordered_local', 'zone') }} as ordered_at,
        cast(total_cents / 100.0 as numeric(12, 2)) as order_total,
        cast('EUR' as varchar(16)) as currency,
        cast(lower(carrier_code) as varchar(32)) as shipping_service,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as tracking_id,
        {{ shared_macros.to_utc('eta_local', 'zone') }} as estimated_delivery_at,
        {{ shared_macros.to_utc('delivered_local', 'zone') }} as delivered_at,
        cast(country_code as varchar(16)) as country
    from decoded

)

select * from final
