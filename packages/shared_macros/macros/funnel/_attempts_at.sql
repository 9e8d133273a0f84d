{#- CTE `attempts_<number>`: of all attempts with one entry that stand at one event of the step, the best so far. -#}
{%- macro _attempts_at(funnel, step) -%}
    {%- set steps_to_here = funnel.steps[:step.number] -%}
    {%- set sources = [] -%}
    {%- for before in steps_to_here[:-1] if not steps_to_here[before.number:-1] | rejectattr('optional') | list -%}
        {%- do sources.append(before) -%}
    {%- endfor -%}
    attempts_{{ step.number }} as (

        select
            {{ shared_macros._attempt_columns(steps_to_here) }}
        from (
            select
                candidates.*,
                row_number() over (
                    partition by unit_id, entry_place, place
                    order by steps_taken desc, {{ shared_macros._earliest(steps_to_here) }}
                ) as candidate_rank
            from (
                {%- if step.number == 1 or funnel.open_entry %}
                {{ shared_macros._entries_at(funnel, step) }}
                {%- endif %}
                {%- for before in sources %}
                {{- ' union all' if step.number == 1 or funnel.open_entry or not loop.first }}
                {{ shared_macros._continued_attempts(funnel, before, step) }}
                {%- endfor %}
            ) as candidates
        ) as ranked
        where candidate_rank < 2

    )
{%- endmacro -%}

{%- macro _attempt_columns(steps) -%}
    {%- set columns = ['unit_id', 'entry_place', 'entered_at', 'place', 'occurred_at', 'steps_taken'] -%}
    {%- for step in steps -%}
        {%- do columns.append('step_' ~ step.number ~ '_at') -%}
    {%- endfor -%}
    {{ return(columns | join(', ')) }}
{%- endmacro -%}

{#- Returns a select: the events of the step as entries. -#}
{%- macro _entries_at(funnel, step) -%}
                select
                    unit_id,
                    place as entry_place,
                    occurred_at as entered_at,
                    place,
                    occurred_at,
                    1 as steps_taken,
                    {%- for other in funnel.steps[:step.number] %}
                    {{ 'occurred_at' if loop.last else 'cast(null as timestamp)' }} as step_{{ other.number }}_at
                    {{- ',' if not loop.last }}
                    {%- endfor %}
                from placed
                where takes_{{ step.number }} = 1
{%- endmacro -%}

{#- Returns a select: attempts that stand at the step `before` and go on to an event of the step. -#}
{%- macro _continued_attempts(funnel, before, step) -%}
                select
                    attempts.unit_id,
                    attempts.entry_place,
                    attempts.entered_at,
                    placed.place,
                    placed.occurred_at,
                    attempts.steps_taken + 1 as steps_taken,
                    {%- for other in funnel.steps[:before.number] %}
                    attempts.step_{{ other.number }}_at,
                    {%- endfor %}
                    {%- for other in funnel.steps[before.number:step.number] %}
                    {{ 'placed.occurred_at' if loop.last else 'cast(null as timestamp)' }} as step_{{ other.number }}_at
                    {{- ',' if not loop.last }}
                    {%- endfor %}
                from attempts_{{ before.number }} as attempts
                inner join placed as standing
                    on attempts.unit_id = standing.unit_id and attempts.place = standing.place
                inner join placed
                    on
                        attempts.unit_id = placed.unit_id
                        and placed.takes_{{ step.number }} = 1
                        {%- if funnel.order == 'strict' %}
                        and placed.place = standing.place + 1
                        and (placed.occurred_at > standing.occurred_at or placed.sort_key > standing.sort_key)
                        {%- else %}
                        and placed.place > standing.place
                        {%- endif %}
                        {%- if funnel.window %}
                        and placed.occurred_at <= {{ shared_macros._later('attempts.entered_at', funnel.window) }}
                        {%- endif %}
                        {%- if step.min_wait %}
                        and placed.occurred_at >= {{ shared_macros._later('attempts.occurred_at', step.min_wait) }}
                        {%- endif %}
                        {%- if step.max_wait %}
                        and placed.occurred_at <= {{ shared_macros._later('attempts.occurred_at', step.max_wait) }}
                        {%- endif %}
                        {%- for exclusion in funnel.exclusions
                            if funnel.order == 'ordered' and exclusion.after <= before.number and before.number < exclusion.before
                            and step.number <= exclusion.before %}
                        and placed.excluded_{{ exclusion.number }} - placed.excludes_{{ exclusion.number }}
                            = standing.excluded_{{ exclusion.number }}
                        {%- endfor %}
{%- endmacro -%}
