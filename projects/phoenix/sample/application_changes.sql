-- Generated data: an hourly Glue load brings every change of its hour; an abandoned quote is deleted after a week.
with states as (

    select
        *,
        count(*) over (partition by application_id) as states_so_far
    from facts_application_states

),

newest_load as (

    select date_trunc('hour', max(arrived_at) - interval '1 microsecond') + interval '1 hour' as loaded_until
    from facts_events

),

changes as (

    select
        changed_at,
        case when status = 'quote_started' then 'I' else 'U' end as operation,
        application_id,
        user_id,
        product,
        status,
        quoted_at,
        submitted_at,
        decided_at,
        bound_at,
        annual_premium
    from states
    union all
    select
        states.changed_at + interval '7 days' as changed_at,
        'D' as operation,
        states.application_id,
        null as user_id,
        null as product,
        null as status,
        null as quoted_at,
        null as submitted_at,
        null as decided_at,
        null as bound_at,
        null as annual_premium
    from states
    cross join newest_load
    where states.states_so_far = 1 and states.changed_at + interval '7 days' <= newest_load.loaded_until

),

loads as (

    select
        *,
        to_char(
            date_trunc('hour', changed_at - interval '1 microsecond') + interval '1 hour', 'YYYYMMDD"T"HH24'
        ) as load_id
    from changes

)

select
    load_id,
    row_number() over (partition by load_id order by changed_at, application_id) as change_sequence,
    operation,
    changed_at,
    application_id as application_number,
    user_id as account_id,
    product,
    status,
    quoted_at,
    submitted_at,
    decided_at,
    bound_at,
    annual_premium as premium_usd
from loads
order by load_id, change_sequence
