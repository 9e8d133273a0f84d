{#- CTEs that end in `best`: any order without a window is one attempt, of all events: one aggregate. -#}
{%- macro _best_in_any_order(funnel, stream, furthest_only) -%}
    {%- if furthest_only -%}
    best as (

        select
            unit_id,
            max(
                case
                    {%- for step in funnel.steps | reverse %}
                    when {{ shared_macros._takes(step) }} then {{ step.number }}
                    {%- endfor %}
                end
            ) as furthest_step_number
        from {{ stream }} as stream
        where {{ shared_macros._takes_any(funnel.steps) }}
        group by unit_id

    )
    {%- else -%}
    step_times as (

        select
            unit_id,
            {%- for step in funnel.steps %}
            min(case when {{ shared_macros._takes(step) }} then occurred_at end) as step_{{ step.number }}_at
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ stream }} as stream
        where {{ shared_macros._takes_any(funnel.steps) }}
        group by unit_id

    ),

    best as (

        select
            step_times.*,
            {{ shared_macros._over_steps(funnel, 'least') }} as entered_at,
            {{ shared_macros._furthest_of_times(funnel) }} as furthest_step_number,
            {{ shared_macros._count_of_times(funnel) }} as steps_taken
        from step_times

    )
    {%- endif -%}
{%- endmacro -%}

{#- Returns `least(step_1_at, ...)` or `greatest(...)`: both leave nulls out on both warehouses. -#}
{%- macro _over_steps(funnel, function) -%}
    {%- set times = [] -%}
    {%- for step in funnel.steps -%}
        {%- do times.append('step_' ~ step.number ~ '_at') -%}
    {%- endfor -%}
    {{ return(function ~ '(' ~ times | join(', ') ~ ')') }}
{%- endmacro -%}

{#- Returns the number of the last step that has a time. -#}
{%- macro _furthest_of_times(funnel) -%}
    {%- set cases = [] -%}
    {%- for step in funnel.steps | reverse -%}
        {%- do cases.append('when step_' ~ step.number ~ '_at is not null then ' ~ step.number) -%}
    {%- endfor -%}
    {{ return('case ' ~ cases | join(' ') ~ ' end') }}
{%- endmacro -%}

{#- Returns how many steps have a time. -#}
{%- macro _count_of_times(funnel) -%}
    {%- set terms = [] -%}
    {%- for step in funnel.steps -%}
        {%- do terms.append('case when step_' ~ step.number ~ '_at is null then 0 else 1 end') -%}
    {%- endfor -%}
    {{ return(terms | join(' + ')) }}
{%- endmacro -%}
