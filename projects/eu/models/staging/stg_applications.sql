-- One row an underwriting application in its current state, which is a code.
with policy_requests as (

    select * from {{ source('underwriting', 'policy_requests') }}

),

-- a code that is not known here stays a number, which the tests of the canonical applications refuse
decoded as (

    select
        *,
        case state_code
            when 1 then 'quote_started'
            when 2 then 'submitted'
            when 3 then 'approved'
            when 4 then 'declined'
            when 5 then 'bound'
            else cast(state_code as varchar(16))
        end as status
    from policy_requests

),

final as (

    select
        cast(request_no as varchar(64)) as application_id,
        cast(customer_hash as varchar(64)) as user_id,
        cast(product_name as varchar(32)) as product,
        cast(status as varchar(16)) as status,
        {{ shared_macros.to_utc('quoted_local', 'zone') }} as quoted_at,
        {{ shared_macros.to_utc('submitted_local', 'zone') }} as submitted_at,
        {{ shared_macros.to_utc('decided_local', 'zone') }} as decided_at,
        {{ shared_macros.to_utc('bound_local', 'zone') }} as bound_at,
        cast(premium_cents / 100.0 as numeric(12, 2)) as annual_premium,
        cast('EUR' as varchar(16)) as currency,
        cast(country_code as varchar(16)) as country
    from decoded

)

select * from final
