{#- CTE `lives`: a row a unit, from all its events: whose it is, its day, when its windows end, and what a breakdown
    attributes to it. Day by day first, so that no join is by time: of such a one Postgres expects a single row, and
    joins it in nested loops. -#}
{%- macro _unit_lives(funnel, stream) -%}
    {%- set may_enter = shared_macros._takes_any(
        funnel.steps if funnel.order == 'any' or funnel.open_entry else funnel.steps[:1]
    ) -%}
    {%- set columns = shared_macros._single_valued_columns(funnel) -%}
    {%- set by_entry = not funnel.time_zone and funnel.unit in ['user', 'account'] -%}
    unit_days as (

        select
            stream.unit_id,
            stream.business_date,
            {%- if funnel.unit != 'user' %}
            {{ 'max(stream.user_id)' if 'user_id' in funnel.columns else 'cast(null as varchar(64))' }} as user_id,
            {%- endif %}
            {%- if by_entry %}
            min(case when stream.occurred_at = best.entered_at then stream.business_date end) as entry_date,
            {%- endif %}
            {%- for column in columns %}
            {%- for step in funnel.steps %}
            min(
                case
                    when best.step_{{ step.number }}_at = stream.occurred_at and {{ shared_macros._takes(step) }}
                        then stream.{{ column }}
                end
            ) as {{ column }}_at_{{ step.number }},
            {%- endfor %}
            {%- endfor %}
            min(stream.occurred_at) as first_event_at,
            max(case when {{ may_enter }} then stream.occurred_at end) as last_entry_at,
            max(case when {{ shared_macros._takes_any(funnel.steps) }} then stream.occurred_at end) as last_step_at
        from {{ stream }} as stream
        {%- if columns or by_entry %}
        inner join best on stream.unit_id = best.unit_id
        {%- endif %}
        group by stream.unit_id, stream.business_date

    ),

    unit_days_by_age as (

        select
            unit_days.*,
            row_number() over (
                partition by {{ shared_macros._by_bytes('unit_id') }} order by first_event_at, business_date
            ) as age
        from unit_days

    ),

    lives as (

        select
            unit_id,
            {%- if funnel.unit != 'user' %}
            max(user_id) as user_id,
            {%- endif %}
            {%- for column in columns %}
            {%- for step in funnel.steps %}
            min({{ column }}_at_{{ step.number }}) as {{ column }}_at_{{ step.number }},
            {%- endfor %}
            {%- endfor %}
            {{ 'min(entry_date)' if by_entry else 'max(case when age < 2 then business_date end)' }} as opening_date,
            min(first_event_at) as first_event_at,
            max(last_entry_at) as last_entry_at,
            max(last_step_at) as last_step_at
        from unit_days_by_age
        group by unit_id

    )
{%- endmacro -%}

{#- Returns the columns of which a breakdown attributes one value to a unit. -#}
{%- macro _single_valued_columns(funnel) -%}
    {{ return(
        funnel.breakdown | rejectattr('attribution', 'equalto', 'all') | map(attribute='by') | unique | list
    ) }}
{%- endmacro -%}

{#- Returns the SQL of the unit's day. -#}
{%- macro _unit_date(funnel) -%}
    {%- if not funnel.time_zone -%}
        {{ return('lives.opening_date') }}
    {%- endif -%}
    {%- set at = 'lives.first_event_at' if funnel.unit in ['session', 'application'] else 'best.entered_at' -%}
    {{ return(shared_macros.business_date(at, shared_macros._literal(funnel.time_zone))) }}
{%- endmacro -%}

{#- Returns the SQL of when the unit's last hope ends. -#}
{%- macro _closes_at(funnel) -%}
    {%- if funnel.window -%}
        {{ return(shared_macros._later('lives.last_entry_at', funnel.window)) }}
    {%- endif -%}
    {%- set periods = funnel.steps | map(attribute='max_wait') | select | list -%}
    {%- set without = funnel.steps[1:] | rejectattr('max_wait') | list -%}
    {%- set has_waits = periods or funnel.steps | selectattr('min_wait') | list -%}
    {%- if not has_waits or without -%}
        {%- do periods.append(funnel.settles_after) -%}
    {%- endif -%}
    {%- set ends = [] -%}
    {%- for period in periods -%}
        {%- do ends.append(shared_macros._later('lives.last_step_at', period)) -%}
    {%- endfor -%}
    {{ return('greatest(' ~ ends | join(', ') ~ ')') }}
{%- endmacro -%}

{#- Returns the SQL of the value that a single-valued attribution gives a unit. -#}
{%- macro _attributed_value(funnel, part) -%}
    {%- set values = [] -%}
    {%- for step in funnel.steps -%}
        {%- if part.attribution is string or part.attribution.step == step.step -%}
            {%- do values.append('lives.' ~ part.by ~ '_at_' ~ step.number) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if part.attribution == 'last' -%}
        {%- set values = values | reverse | list -%}
    {%- endif -%}
    {{ return('coalesce(' ~ values | join(', ') ~ ')' if values | length > 1 else values[0]) }}
{%- endmacro -%}
