-- Generated data: the underwriting system keeps a request's current state, as a code, in euro cents and local times.
with current_states as (

    select distinct on (application_id)
        *,
        case country when 'PT' then 'Europe/Lisbon' when 'FR' then 'Europe/Paris' else 'Europe/Berlin' end as zone
    from facts_application_states
    order by application_id, changed_at desc

)

select
    application_id as request_no,
    encode(sha256(user_id::bytea), 'hex') as customer_hash,
    product as product_name,
    case status
        when 'quote_started' then 1
        when 'submitted' then 2
        when 'approved' then 3
        when 'declined' then 4
        when 'bound' then 5
    end as state_code,
    (quoted_at at time zone 'UTC') at time zone zone as quoted_local,
    (submitted_at at time zone 'UTC') at time zone zone as submitted_local,
    (decided_at at time zone 'UTC') at time zone zone as decided_local,
    (bound_at at time zone 'UTC') at time zone zone as bound_local,
    zone,
    (annual_premium * 100)::bigint as premium_cents,
    country as country_code
from current_states
