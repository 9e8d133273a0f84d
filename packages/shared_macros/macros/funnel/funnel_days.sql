{%- macro funnel_days(funnel, units, watermark) -%}
    {%- set funnel = shared_macros.funnel_definition(funnel) -%}
    {%- set entered = 'units.' ~ funnel.steps[0].step ~ '_at is not null' if funnel.order == 'any' else '1 = 1' -%}
    {%- set settle_days = shared_macros._seconds(funnel.settles_after) / 86400 -%}
    with counts as (

        select
            units.unit_date,
            count(case when {{ entered }} then 1 end) as entered,
            {%- for step in funnel.steps %}
            count(units.{{ step.step }}_at) as reached_{{ step.number }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ units }} as units
        group by units.unit_date

    ),

    open_counts as (

        select
            units.unit_date,
            count(*) as open_units,
            {%- for step in funnel.steps %}
            {%- set left = 'units.' ~ step.step ~ '_at is null' %}
            count(case when {{ left }} and {{ entered }} then 1 end) as pending_{{ step.number }},
            {%- set waits = '1 = 0' if loop.first
                else 'units.' ~ funnel.steps[step.number - 2].step ~ '_at is not null' %}
            count(case when {{ left }} and {{ waits }} then 1 end) as waiting_{{ step.number }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ units }} as units
        where
            units.{{ 'steps_taken' if funnel.order == 'any' else 'furthest_step_number' }} < {{ funnel.steps | length }}
            and (select occurred_at from {{ watermark }}) <= units.closes_at
        group by units.unit_date

    ),

    days as (

        {{ shared_macros.calendar_days('counts', 'unit_date') }}

    ),

    day_counts as (

        select
            days.unit_date,
            coalesce(counts.entered, 0) as entered,
            coalesce(open_counts.open_units, 0) as open_units,
            {%- for step in funnel.steps %}
            coalesce(counts.reached_{{ step.number }}, 0) as reached_{{ step.number }},
            coalesce(open_counts.pending_{{ step.number }}, 0) as pending_{{ step.number }},
            coalesce(open_counts.waiting_{{ step.number }}, 0) as waiting_{{ step.number }},
            {%- endfor %}
            {{ shared_macros.business_date('watermark.occurred_at', shared_macros._literal(funnel.time_zone))
                if funnel.time_zone else 'watermark.business_date' }} as watermark_date
        from days
        cross join {{ watermark }} as watermark
        left join counts on days.unit_date = counts.unit_date
        left join open_counts on days.unit_date = open_counts.unit_date

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
            waiting_{{ step.number }} as waiting,
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
