{#- Units are counted by their state first, and the few states then by day: a unit costs one count, not one a figure. -#}
{%- macro funnel_days(funnel, units, watermark) -%}
    {%- set funnel = shared_macros.funnel_definition(funnel) -%}
    {%- set is_open = 'watermark.occurred_at <= units.closes_at and '
        ~ ('units.steps_taken' if funnel.order == 'any' else 'units.furthest_step_number')
        ~ ' < ' ~ funnel.steps | length -%}
    {%- set entered = 'units.' ~ funnel.steps[0].step ~ '_at is not null' if funnel.order == 'any' else '1 = 1' -%}
    {%- set state_columns = ['unit_date', 'entered', 'is_open'] -%}
    {%- for step in funnel.steps -%}
        {%- do state_columns.append('took_' ~ step.number) -%}
    {%- endfor -%}
    {%- set settle_days = shared_macros._seconds(funnel.settles_after) / 86400 -%}
    with stream_end as (

        select
            occurred_at,
            {{ shared_macros.business_date('occurred_at', shared_macros._literal(funnel.time_zone))
                if funnel.time_zone else 'business_date' }} as business_date
        from {{ watermark }} as watermark

    ),

    states as (

        select
            units.unit_date,
            case when {{ entered }} then 1 else 0 end as entered,
            case when {{ is_open }} then 1 else 0 end as is_open
            {%- for step in funnel.steps %},
            case when units.{{ step.step }}_at is null then 0 else 1 end as took_{{ step.number }}
            {%- endfor %}
        from {{ units }} as units
        cross join stream_end as watermark

    ),

    state_counts as (

        select
            {{ state_columns | join(', ') }},
            count(*) as units
        from states
        group by {{ state_columns | join(', ') }}

    ),

    counts as (

        select
            unit_date,
            {{ shared_macros._units_where('entered = 1') }} as entered,
            {{ shared_macros._units_where('is_open = 1') }} as open_units
            {%- for step in funnel.steps %},
            {%- set left = 'is_open = 1 and took_' ~ step.number ~ ' = 0' %}
            {{ shared_macros._units_where('took_' ~ step.number ~ ' = 1') }} as reached_{{ step.number }},
            {{ shared_macros._units_where(left ~ ' and entered = 1') }} as pending_{{ step.number }}
            {%- if not loop.first %},
            {{ shared_macros._units_where(left ~ ' and took_' ~ (step.number - 1) ~ ' = 1') }} as waiting_{{ step.number }}
            {%- endif %}
            {%- endfor %}
        from state_counts
        group by unit_date

    ),

    days as (

        {{ shared_macros.calendar_days('counts', 'unit_date') }}

    ),

    day_counts as (

        select
            days.unit_date,
            {%- for column in ['entered', 'open_units'] %}
            coalesce(counts.{{ column }}, 0) as {{ column }},
            {%- endfor %}
            {%- for step in funnel.steps %}
            {%- for count in ['reached_', 'pending_'] + ([] if loop.first else ['waiting_']) %}
            coalesce(counts.{{ count }}{{ step.number }}, 0) as {{ count }}{{ step.number }},
            {%- endfor %}
            {%- endfor %}
            watermark.business_date as watermark_date
        from days
        cross join stream_end as watermark
        left join counts on days.unit_date = counts.unit_date

    )

    {% for step in funnel.steps -%}
        select
            cast('{{ funnel.funnel }}' as varchar(64)) as funnel,
            cast('{{ funnel.unit }}' as varchar(16)) as unit,
            unit_date,
            {{ step.number }} as step_number,
            cast('{{ step.step }}' as varchar(64)) as step,
            entered,
            reached_{{ step.number }} as reached,
            pending_{{ step.number }} as pending,
            {{ 'cast(0 as bigint)' if loop.first else 'waiting_' ~ step.number }} as waiting,
            {% if funnel.unit in ['session', 'application'] -%}
            open_units = 0 and {{ dbt.dateadd('day', settle_days | round(0, 'ceil') | int, 'unit_date') }} < watermark_date
            {%- else -%}
            1 = 0
            {%- endif %} as is_final
        from day_counts
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor -%}
{%- endmacro -%}

{#- Returns the SQL of how many units are in the states of which a condition holds. -#}
{%- macro _units_where(condition) -%}
    {{ return('cast(sum(case when ' ~ condition ~ ' then units else 0 end) as bigint)') }}
{%- endmacro -%}
