-- One row an event of the tests' raw tables.
with rows_of_source as (

    select * from {{ source('test', 'visits') }}

),

final as (

    select
        cast(event_id as varchar(64)) as event_id,
        cast(session_id as varchar(64)) as session_id,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as user_id,
        cast(event_type as varchar(32)) as event_type,
        cast(happened_at as timestamp) as occurred_at,
        cast(happened_at as date) as business_date,
        {{ shared_macros.not_provided('varchar(2048)', as_null=true) }} as page_url,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as order_id,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as product_id,
        {{ shared_macros.not_provided('varchar(16)') }} as country,
        {{ shared_macros.not_provided('varchar(16)') }} as device
    from rows_of_source

)

select * from final
