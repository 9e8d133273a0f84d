-- Generated data: one line a step of an application; each brings only what is new (the currencies' rates are made up).
with currencies as (

    select
        country,
        currency,
        rate,
        decimals
    from (values ('SG', 'SGD', 1.35, 2), ('AU', 'AUD', 1.29, 2), ('JP', 'JPY', 106, 0), ('IN', 'INR', 73.5, 2))
        as rates (country, currency, rate, decimals)

)

select
    states.application_id as application_key,
    case states.status
        when 'quote_started' then 'QUOTE'
        when 'submitted' then 'SUBMIT'
        when 'approved' then 'APPROVE'
        when 'declined' then 'DECLINE'
        when 'bound' then 'BIND'
    end as step,
    extract(epoch from states.changed_at)::bigint * 1000 as at_ms,
    case states.status
        when 'quote_started' then jsonb_build_object('customer', states.user_id, 'country', states.country)
        when 'submitted' then jsonb_build_object(
            'premium', round(states.annual_premium * currencies.rate, currencies.decimals)::text,
            'currency', currencies.currency
        )
        else '{}'::jsonb
    end as document
from facts_application_states as states
inner join currencies on states.country = currencies.country
order by states.changed_at, states.application_id
