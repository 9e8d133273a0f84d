{#- CTEs that end in `best` or `name`: from each entry on, every step at its earliest time after the step before it. -#}
{%- macro _chained_steps(funnel, stream, entries, name='best') -%}
    {%- set limit = ' and stream.occurred_at <= ' ~ shared_macros._later('step_1.entered_at', funnel.window)
        if funnel.window else '' -%}
    step_1 as (

        select
            unit_id,
            entered_at,
            entered_at as step_1_at
        from {{ entries }} as entries

    ),
    {%- for step in funnel.steps[1:] %}
    {%- set before = 'step_' ~ (step.number - 1) %}

    step_{{ step.number }} as (

        select
            stream.unit_id,
            min({{ before }}.entered_at) as entered_at,
            min(stream.occurred_at) as step_{{ step.number }}_at
        from {{ stream }} as stream
        inner join {{ before }}
            on
                stream.unit_id = {{ before }}.unit_id
                and stream.occurred_at >= {{ before }}.step_{{ step.number - 1 }}_at
                {{- limit | replace('step_1.', before ~ '.') }}
        where {{ shared_macros._takes(step) }}
        group by stream.unit_id

    ),
    {%- endfor %}

    step_times as (

        select
            step_1.*
            {%- for step in funnel.steps[1:] %},
            step_{{ step.number }}.step_{{ step.number }}_at
            {%- endfor %}
        from step_1
        {%- for step in funnel.steps[1:] %}
        left join step_{{ step.number }} on step_1.unit_id = step_{{ step.number }}.unit_id
        {%- endfor %}

    ),

    {{ name }} as (

        select
            step_times.*,
            {{ shared_macros._furthest_of_times(funnel) }} as furthest_step_number,
            {{ shared_macros._count_of_times(funnel) }} as steps_taken
        from step_times

    )
{%- endmacro -%}
