-- Generated data: the underwriting system keeps an application's current state only.
select distinct on (application_id)
    application_id,
    user_id,
    product,
    status,
    quoted_at,
    submitted_at,
    decided_at,
    bound_at,
    annual_premium,
    country
from facts_application_states
order by application_id, changed_at desc
