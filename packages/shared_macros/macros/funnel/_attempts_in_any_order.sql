{#- CTE `attempts` of any order with a window: from each event that takes a step, all that lies in its window. -#}
{%- macro _attempts_in_any_order(funnel, stream) -%}
    stepped as (

        select
            unit_id,
            occurred_at,
            {%- for step in funnel.steps %}
            max(case when {{ shared_macros._takes(step) }} then 1 else 0 end) as takes_{{ step.number }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ stream }} as stream
        where {{ shared_macros._takes_any(funnel.steps) }}
        group by unit_id, occurred_at

    ),

    step_times as (

        select
            entries.unit_id,
            entries.occurred_at as entered_at,
            {%- for step in funnel.steps %}
            min(case when others.takes_{{ step.number }} = 1 then others.occurred_at end) as step_{{ step.number }}_at
            {{- ',' if not loop.last }}
            {%- endfor %}
        from stepped as entries
        inner join stepped as others
            on
                entries.unit_id = others.unit_id
                and others.occurred_at >= entries.occurred_at
                and others.occurred_at <= {{ shared_macros._later('entries.occurred_at', funnel.window) }}
        group by entries.unit_id, entries.occurred_at

    ),

    attempts as (

        select
            step_times.*,
            {{ shared_macros._furthest_of_times(funnel) }} as furthest_step_number,
            {{ shared_macros._count_of_times(funnel) }} as steps_taken
        from step_times

    )
{%- endmacro -%}
