{%- macro funnel_unit_steps(funnel, units, days, watermark) -%}
    {%- set funnel = shared_macros.funnel_definition(funnel) -%}
    {% for step in funnel.steps -%}
    {%- set at = 'units.' ~ step.step ~ '_at' %}
    {%- set before = [] -%}
    {%- for other in funnel.steps[:step.number - 1] | reverse -%}
        {%- do before.append('units.' ~ other.step ~ '_at') -%}
    {%- endfor %}
    select
        cast('{{ funnel.funnel }}' as varchar(64)) as funnel,
        cast('{{ funnel.unit }}' as varchar(16)) as unit,
        cast(units.{{ funnel.unit_key }} as varchar(64)) as unit_id,
        cast(units.user_id as varchar(64)) as user_id,
        units.unit_date,
        {{ step.number }} as step_number,
        cast('{{ step.step }}' as varchar(64)) as step,
        {{ 'units.' ~ funnel.steps[0].step ~ '_at is not null' if funnel.order == 'any' else '1 = 1' }} as entered,
        {{ at }} as reached_at,
        watermark.occurred_at <= units.closes_at
        and units.{{ 'steps_taken' if funnel.order == 'any' else 'furthest_step_number' }} < {{ funnel.steps | length }}
            as is_pending,
        days.is_final,
        cast({{ shared_macros._seconds_between(
            'coalesce(' ~ before | join(', ') ~ ')' if before | length > 1 else before[0], at
        ) if before else 'null' }} as bigint) as seconds_from_previous,
        cast({{ shared_macros._seconds_between('units.entered_at', at) }} as bigint) as seconds_from_entry,
        cast({{ shared_macros._segment_of(funnel, ['country']) }} as varchar(16)) as country,
        cast({{ shared_macros._segment_of(funnel, ['device']) }} as varchar(16)) as device,
        cast({{ shared_macros._segment_of(funnel, ['product', 'product_id']) }} as varchar(64)) as product
    from {{ units }} as units
    cross join {{ watermark }} as watermark
    left join {{ days }} as days
        on
            days.funnel = '{{ funnel.funnel }}'
            and days.step_number = {{ step.number }}
            and units.unit_date = days.unit_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor -%}
{%- endmacro -%}

{%- macro _seconds_between(start, end) -%}
    {{ return(dbt.datediff(start, end, 'second')) }}
{%- endmacro -%}

{#- Returns the unit's column of the first single-valued breakdown by one of the columns, null where there is none. -#}
{%- macro _segment_of(funnel, columns) -%}
    {%- for part in funnel.breakdown if part.by in columns and part.attribution != 'all' -%}
        {{ return('units.' ~ shared_macros._segment_column(part)) }}
    {%- endfor -%}
    {{ return('null') }}
{%- endmacro -%}
