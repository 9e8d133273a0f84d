{#- CTE `settled`: from a unit's first and last time of each step, the furthest step that these show (`lowest`: some
    chain of them lies in order and in the window) and the furthest that they leave possible (`highest`). `entry_of_*`
    is the latest entry of such chains to that time: it stands once in each next one, for what is inlined grows. -#}
{%- macro _settled_units(funnel, stream) -%}
    {%- set steps = funnel.steps -%}
    shown_1 as (

        select
            unit_id,
            {%- for step in steps %}
            min(case when {{ shared_macros._takes(step) }} then occurred_at end) as first_{{ step.number }}_at,
            max(case when {{ shared_macros._takes(step) }} then occurred_at end) as last_{{ step.number }}_at,
            {%- endfor %}
            min(case when {{ shared_macros._takes(steps[0]) }} then occurred_at end) as entry_of_first_1,
            max(case when {{ shared_macros._takes(steps[0]) }} then occurred_at end) as entry_of_last_1
        from {{ stream }} as stream
        where {{ shared_macros._takes_any(steps) }}
        group by unit_id

    ),
    {%- for step in steps[1:] %}
    {%- set before = step.number - 1 %}

    shown_{{ step.number }} as {{ shared_macros._computed_once() if step.number % 4 == 0 }} (

        select
            shown_{{ before }}.*,
            {%- for end in ['first', 'last'] %}
            greatest(
                {%- for from in ['first', 'last'] %}
                case
                    when {{ from }}_{{ before }}_at <= {{ end }}_{{ step.number }}_at
                        then entry_of_{{ from }}_{{ before }}
                end{{ ',' if not loop.last }}
                {%- endfor %}
            ) as entry_of_{{ end }}_{{ step.number }}{{ ',' if not loop.last }}
            {%- endfor %}
        from shown_{{ before }}

    ),
    {%- endfor %}

    settled as (

        select
            unit_id,
            {%- for step in steps %}
            first_{{ step.number }}_at,
            last_{{ step.number }}_at,
            {%- endfor %}
            case
                {%- for step in steps[1:] | reverse %}
                when
                    {%- for end in ['first', 'last'] %}
                    {%- set entry = 'entry_of_' ~ end ~ '_' ~ step.number %}
                    {{ end }}_{{ step.number }}_at <= {{ shared_macros._later(entry, funnel.window) | trim }}
                    {{- ' or' if not loop.last }}
                    {%- endfor %}
                    then {{ step.number }}
                {%- endfor %}
                else 1
            end as lowest,
            {{ shared_macros._highest_step(funnel) }} as highest
        from shown_{{ steps | length }}
        where first_1_at is not null

    )
{%- endmacro -%}

{#- Returns the SQL of the last step up to which every step may follow the ones before it, and may do so in the window
    of the latest entry that has them all ahead. -#}
{%- macro _highest_step(funnel) -%}
    {%- set cases = [] -%}
    {%- for step in funnel.steps[1:] | reverse -%}
        {%- set firsts, lasts = [], [] -%}
        {%- for other in funnel.steps[:step.number] -%}
            {%- do firsts.append('first_' ~ other.number ~ '_at') -%}
            {%- do lasts.append('last_' ~ other.number ~ '_at') -%}
        {%- endfor -%}
        {%- set soonest = 'greatest(' ~ firsts | join(', ') ~ ')' -%}
        {%- set entry = 'least(' ~ lasts | join(', ') ~ ')' -%}
        {%- set furthest = step.number if loop.first else cases.pop() -%}
        {%- do cases.append(
            'case when last_' ~ step.number ~ '_at >= ' ~ soonest ~ ' and ' ~ soonest ~ ' <= '
            ~ shared_macros._later(entry, funnel.window) | trim
            ~ ' then ' ~ furthest ~ ' else ' ~ (step.number - 1) ~ ' end'
        ) -%}
    {%- endfor -%}
    {{ return(cases[0]) }}
{%- endmacro -%}

{#- Returns what makes a CTE a result rather than an expression to repeat wherever it is read. -#}
{%- macro _computed_once() -%}
    {{ return(adapter.dispatch('_computed_once', 'shared_macros')()) }}
{%- endmacro -%}

{%- macro default___computed_once() -%}
materialized
{%- endmacro -%}

{#- Redshift has no such word, and keeps by itself what is read twice.
    https://docs.aws.amazon.com/redshift/latest/dg/r_WITH_clause.html -#}
{%- macro redshift___computed_once() -%}
{%- endmacro -%}
