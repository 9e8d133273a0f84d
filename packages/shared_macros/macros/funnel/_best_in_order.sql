{#- CTEs that end in `best`: ordered steps of which no event fulfils two, at most with a window from the entry. The
    latest entry that leads to a step at a moment decides whether a later step is still in its window, so one running
    maximum a step is the whole state; most units need not even that, their first and last times settle them. -#}
{%- macro _best_in_order(funnel, stream, furthest_only) -%}
    {%- if not funnel.window or funnel.steps | length == 1 -%}
    {{ shared_macros._chained_steps(funnel, stream, shared_macros._first_entries(stream, funnel)) }}
    {%- else -%}
    {{ shared_macros._settled_units(funnel, stream) }},

    {{ shared_macros._walked_units(funnel, stream) }},

    furthest as (

        select
            settled.unit_id,
            settled.first_1_at,
            coalesce(walked.furthest_step_number, settled.lowest) as furthest_step_number
        from settled
        left join walked on settled.unit_id = walked.unit_id

    )
    {%- if furthest_only %},

    best as (

        select * from furthest

    )
    {%- else %},

    {{ shared_macros._chained_steps(
        funnel, stream, '(select unit_id, first_1_at as entered_at from furthest)', name='of_first_entry'
    ) }},

    {{ shared_macros._later_entries(funnel, stream) }},

    best as (

        select
            of_first_entry.unit_id,
            {%- for step in funnel.steps %}
            coalesce(of_later_entry.step_{{ step.number }}_at, of_first_entry.step_{{ step.number }}_at)
                as step_{{ step.number }}_at,
            {%- endfor %}
            coalesce(of_later_entry.step_1_at, of_first_entry.step_1_at) as entered_at,
            coalesce(of_later_entry.furthest_step_number, of_first_entry.furthest_step_number) as furthest_step_number,
            coalesce(of_later_entry.furthest_step_number, of_first_entry.furthest_step_number) as steps_taken
        from of_first_entry
        left join of_later_entry on of_first_entry.unit_id = of_later_entry.unit_id

    )
    {%- endif %}
    {%- endif -%}
{%- endmacro -%}
