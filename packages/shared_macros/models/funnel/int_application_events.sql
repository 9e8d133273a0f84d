-- One row an application and milestone that it has reached: the underwriting platform's facts as a stream of events.
{{ config(materialized='view') }}

with applications as (

    select * from {{ ref('canonical_applications') }}

),

milestones as (

    {% for event_type, at in [
        ('quote_started', 'quoted_at'), ('application_submitted', 'submitted_at'), ('decision', 'decided_at'),
        ('bound', 'bound_at'),
    ] -%}
        select
            application_id,
            user_id,
            '{{ event_type }}' as event_type,
            {{ at }} as occurred_at,
            product,
            country,
            currency
        from applications
        where {{ at }} is not null
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor %}

),

final as (

    select
        cast(application_id || '/' || event_type as varchar(128)) as event_id,
        application_id,
        user_id,
        cast(event_type as varchar(32)) as event_type,
        occurred_at,
        cast(occurred_at as date) as business_date,
        product,
        country,
        currency
    from milestones

)

select * from final
