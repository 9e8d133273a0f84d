-- One row a funnel of applications, its last step and currency: who reached it, and what they pay a year.
{{ config(meta={
    'amount': 'annual premium',
    'event_types': {
        'stg_events': shared_macros.event_types(),
        'stg_applications': ['quote_started', 'application_submitted', 'decision', 'bound'],
    },
    'funnels': shared_macros.funnels(),
}) }}

with unit_steps as (

    select * from {{ ref('int_funnel_unit_steps') }}

),

applications as (

    select * from {{ ref('canonical_applications') }}

),

application_steps as (

    select
        funnel,
        unit,
        unit_id,
        step_number,
        step,
        reached_at,
        max(step_number) over (partition by funnel) as last_step_number
    from unit_steps
    where unit = 'application'

),

reached as (

    select
        application_steps.funnel,
        application_steps.unit,
        application_steps.step_number,
        application_steps.step,
        coalesce(applications.currency, 'not provided') as currency,
        applications.annual_premium
    from application_steps
    inner join applications on application_steps.unit_id = applications.application_id
    where
        application_steps.step_number = application_steps.last_step_number
        and application_steps.reached_at is not null

),

final as (

    select
        funnel,
        unit,
        step_number,
        step,
        cast(currency as varchar(16)) as currency,
        count(*) as units,
        count(case when annual_premium is null then 1 end) as units_without_amount,
        cast(sum(annual_premium) as numeric(18, 2)) as amount
    from reached
    group by funnel, unit, step_number, step, currency

)

select * from final
