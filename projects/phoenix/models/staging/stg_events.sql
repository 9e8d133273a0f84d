-- One row an event of the web shop, as first loaded; Phoenix's business day is that of America/Phoenix.
with deliveries as (

    select * from {{ source('web', 'web_events') }}

),

-- a load may bring an event that an earlier one has brought
numbered as (

    select
        *,
        row_number() over (partition by event_id order by load_id, load_sequence) as delivery
    from deliveries

),

first_deliveries as (

    select * from numbered
    where delivery = 1

),

-- a name that is not known here stays as it is, which the tests of the canonical events refuse
final as (

    select
        cast(event_id as varchar(64)) as event_id,
        cast(visit_id as varchar(64)) as session_id,
        cast(account_id as varchar(64)) as user_id,
        cast(
            case event_name
                when 'PageView' then 'page_view'
                when 'AddToCart' then 'add_to_cart'
                when 'Checkout' then 'checkout'
                when 'PackageShipped' then 'package_shipped'
                else event_name
            end as varchar(32)
        ) as event_type,
        cast(event_at as timestamp) as occurred_at,
        {{ shared_macros.business_date('event_at', "'America/Phoenix'") }} as business_date,
        cast(url as varchar(2048)) as page_url,
        cast(order_number as varchar(64)) as order_id,
        cast(sku as varchar(64)) as product_id,
        {{ shared_macros.not_provided('varchar(16)') }} as country,
        cast(device as varchar(16)) as device
    from first_deliveries

)

select * from final
