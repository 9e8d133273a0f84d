{#- CTE `of_later_entry`: the attempts of the units that get furthest from a later entry than the first. Backwards, a
    row's `step_j_from_k` is the time of step j when step k is taken as soon as possible after it, and so on to j. -#}
{%- macro _later_entries(funnel, stream) -%}
    {%- set from_here = 'partition by ' ~ shared_macros._by_bytes('unit_id')
        ~ ' order by occurred_at desc, step_number desc rows between unbounded preceding and current row' -%}
    {%- set last = funnel.steps | length -%}
    chain_{{ last + 1 }} as (

        select
            stream.unit_id,
            stream.occurred_at,
            {{ shared_macros._lowest_step(funnel.steps) }} as step_number,
            furthest.furthest_step_number
        from {{ stream }} as stream
        inner join furthest on stream.unit_id = furthest.unit_id
        inner join of_first_entry on furthest.unit_id = of_first_entry.unit_id
        where
            of_first_entry.furthest_step_number < furthest.furthest_step_number
            and {{ shared_macros._takes_any(funnel.steps) }}

    ),
    {%- for step in funnel.steps[1:] | reverse %}

    chain_{{ step.number }} as (

        select
            chain_{{ step.number + 1 }}.*,
            {%- for other in funnel.steps[step.number - 1:] %}
            min(
                case
                    when step_number = {{ step.number }}
                        then {{ 'occurred_at' if loop.first
                            else 'step_' ~ other.number ~ '_from_' ~ (step.number + 1) }}
                end
            ) over ({{ from_here }}) as step_{{ other.number }}_from_{{ step.number }}{{ ',' if not loop.last }}
            {%- endfor %}
        from chain_{{ step.number + 1 }}
        where step_number <= {{ step.number }}

    ),
    {%- endfor %}

    of_later_entry as (

        select
            unit_id,
            furthest_step_number,
            min(occurred_at) as step_1_at,
            {%- for step in funnel.steps[1:] %}
            min(case when furthest_step_number >= {{ step.number }} then step_{{ step.number }}_from_2 end)
                as step_{{ step.number }}_at{{ ',' if not loop.last }}
            {%- endfor %}
        from chain_2
        where
            step_number = 1
            and case furthest_step_number
                {%- for step in funnel.steps[1:] %}
                when {{ step.number }} then step_{{ step.number }}_from_2
                {%- endfor %}
            end <= {{ shared_macros._later('occurred_at', funnel.window) | trim }}
        group by unit_id, furthest_step_number

    )
{%- endmacro -%}
