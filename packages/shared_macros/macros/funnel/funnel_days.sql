{%- macro funnel_days(funnel, units, watermark) -%}
    {%- set funnel = shared_macros.funnel_definition(funnel) -%}
    {%- set is_open = 'watermark.occurred_at <= units.closes_at and '
        ~ ('units.steps_taken' if funnel.order == 'any' else 'units.furthest_step_number')
        ~ ' < ' ~ funnel.steps | length -%}
    {%- set entered = 'units.' ~ funnel.steps[0].step ~ '_at is not null' if funnel.order == 'any' else '1 = 1' -%}
    {%- set settle_days = shared_macros._seconds(funnel.settles_after) / 86400 -%}
    with counts as (

        select
            units.unit_date,
            count(case when {{ entered }} then 1 end) as entered,
            count(case when {{ is_open }} then 1 end) as open_units,
            {%- for step in funnel.steps %}
            {%- set left = is_open ~ ' and units.' ~ step.step ~ '_at is null' %}
            count(units.{{ step.step }}_at) as reached_{{ step.number }},
            count(case when {{ left }} and {{ entered }} then 1 end) as pending_{{ step.number }},
            {%- if not loop.first %}
            count(
                case when {{ left }} and units.{{ funnel.steps[step.number - 2].step }}_at is not null then 1 end
            ) as waiting_{{ step.number }},
            {%- endif %}
            {%- endfor %}
            max(
                {{ shared_macros.business_date('watermark.occurred_at', shared_macros._literal(funnel.time_zone))
                    if funnel.time_zone else 'watermark.business_date' }}
            ) as watermark_date
        from {{ units }} as units
        cross join {{ watermark }} as watermark
        group by units.unit_date

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
            max(counts.watermark_date) over () as watermark_date
        from days
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
