{#- Which path answers is chosen from the definition when dbt compiles, and said in the SQL. -#}
{%- macro funnel_units(funnel, events, units=none, furthest_only=false) -%}
    {%- set funnel = shared_macros.funnel_definition(funnel) -%}
    {%- set stream = shared_macros._stream(funnel, events, units) -%}
    {%- set best = {
        'flags': shared_macros._best_in_any_order,
        'ordered': shared_macros._best_in_order,
        'strict': shared_macros._best_of_neighbours,
        'enumerated': shared_macros._best_of_all,
    }[funnel.path] -%}
    -- funnel {{ funnel.funnel }}: {{ funnel.steps | length }} steps, order {{ funnel.order }}, path {{ funnel.path }}
    with {{ best(funnel, stream, furthest_only) }}
    {%- if furthest_only %}

    select
        unit_id,
        furthest_step_number
    from best
    {%- else %},

    {{ shared_macros._unit_lives(funnel, stream) }}

    select
        best.unit_id as {{ funnel.unit_key }},
        {%- if funnel.unit != 'user' %}
        lives.user_id,
        {%- endif %}
        {{ shared_macros._unit_date(funnel) }} as unit_date,
        best.entered_at,
        cast(
            case best.furthest_step_number
                {%- for step in funnel.steps %}
                when {{ step.number }} then '{{ step.step }}'
                {%- endfor %}
            end as varchar(64)
        ) as furthest_step,
        best.furthest_step_number,
        best.steps_taken,
        cast({{ shared_macros._closes_at(funnel) }} as timestamp) as closes_at,
        {%- for part in funnel.breakdown if part.attribution != 'all' %}
        {{ shared_macros._attributed_value(funnel, part) }} as {{ shared_macros._segment_column(part) }},
        {%- endfor %}
        {%- for step in funnel.steps %}
        best.step_{{ step.number }}_at as {{ step.step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from best
    inner join lives on best.unit_id = lives.unit_id
    {%- endif %}
{%- endmacro -%}

{#- Returns a subquery: the events that exist for the funnel, of the units, with their id as unit_id. -#}
{%- macro _stream(funnel, events, units) -%}
    {{ return(
        '(select ' ~ funnel.unit_key ~ ' as unit_id, events.* from ' ~ events ~ ' as events where '
        ~ funnel.unit_key ~ ' is not null'
        ~ (' and ' ~ shared_macros._condition(funnel.filter) if funnel.filter else '')
        ~ (' and ' ~ funnel.unit_key ~ ' in (select ' ~ funnel.unit_key ~ ' from ' ~ units ~ ')' if units else '')
        ~ ')'
    ) }}
{%- endmacro -%}

{#- Returns the SQL of an event taking any of the steps. -#}
{%- macro _takes_any(steps) -%}
    {%- set conditions = [] -%}
    {%- for step in steps -%}
        {%- do conditions.append('(' ~ shared_macros._takes(step) ~ ')') -%}
    {%- endfor -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')') }}
{%- endmacro -%}

{#- Returns the SQL of the number of the lowest step that an event takes, null when it takes none. -#}
{%- macro _lowest_step(steps) -%}
    {%- set cases = [] -%}
    {%- for step in steps -%}
        {%- do cases.append('when ' ~ shared_macros._takes(step) ~ ' then ' ~ step.number) -%}
    {%- endfor -%}
    {{ return('case ' ~ cases | join(' ') ~ ' end') }}
{%- endmacro -%}

{#- Returns an expression to sort and group ids by: their bytes, which costs half of a language's order. -#}
{%- macro _by_bytes(expression) -%}
    {{ return(adapter.dispatch('_by_bytes', 'shared_macros')(expression)) }}
{%- endmacro -%}

{%- macro default___by_bytes(expression) -%}
{{ expression }} collate "C"
{%- endmacro -%}

{#- Redshift compares bytes already. https://docs.aws.amazon.com/redshift/latest/dg/c_collation_sequences.html -#}
{%- macro redshift___by_bytes(expression) -%}
{{ expression }}
{%- endmacro -%}
