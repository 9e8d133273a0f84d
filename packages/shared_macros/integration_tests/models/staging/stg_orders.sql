-- One row an order of the tests' raw tables.
with rows_of_source as (

    select * from {{ source('test', 'purchases') }}

),

final as (

    select
        cast(order_id as varchar(64)) as order_id,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as user_id,
        cast('preparing' as varchar(16)) as status,
        cast(ordered_at as timestamp) as ordered_at,
        {{ shared_macros.not_provided('numeric(12,2)', as_null=true) }} as order_total,
        {{ shared_macros.not_provided('varchar(16)') }} as currency,
        {{ shared_macros.not_provided('varchar(32)') }} as shipping_service,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as tracking_id,
        {{ shared_macros.not_provided('timestamp', as_null=true) }} as estimated_delivery_at,
        {{ shared_macros.not_provided('timestamp', as_null=true) }} as delivered_at,
        {{ shared_macros.not_provided('varchar(16)') }} as country
    from rows_of_source

)

select * from final
