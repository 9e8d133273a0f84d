{#- CTEs that end in `best`: strict steps of which no event fulfils two. A chain is a run of neighbours, so that the
    rows before say all of it; runs of one length follow one another: the least of each time is the earliest's. -#}
{%- macro _best_of_neighbours(funnel, stream, furthest_only) -%}
    {%- set order = 'partition by ' ~ shared_macros._by_bytes('unit_id') ~ ' order by occurred_at, place' -%}
    {%- set steps = funnel.steps -%}
    numbered as (

        select
            unit_id,
            occurred_at,
            coalesce({{ shared_macros._lowest_step(steps) }}, {{ steps | length + 1 }}) as place
        from {{ stream }} as stream

    ),

    neighbours as (

        select
            numbered.*
            {%- for step in steps[1:] %},
            lag(case when place = 1 then occurred_at end, {{ loop.index }}) over ({{ order }})
                as entry_{{ loop.index }}_before
            {%- if not loop.last %},
            lag(place, {{ loop.index }}) over ({{ order }}) as place_{{ loop.index }}_before
            {%- if not furthest_only %},
            lag(occurred_at, {{ loop.index }}) over ({{ order }}) as at_{{ loop.index }}_before
            {%- endif %}
            {%- endif %}
            {%- endfor %}
        from numbered

    ),

    runs as (

        select
            neighbours.*,
            case
                {%- for step in steps | reverse %}
                when {{ shared_macros._is_run(funnel, step.number) }} then place
                {%- endfor %}
            end as furthest_step_number
        from neighbours
        where place <= {{ steps | length }}

    ),

    {% if furthest_only -%}
    best as (

        select
            unit_id,
            max(furthest_step_number) as furthest_step_number
        from runs
        where furthest_step_number is not null
        group by unit_id

    )
    {%- else -%}
    run_times as (

        select
            unit_id,
            furthest_step_number,
            {%- for step in steps %}
            min(
                case furthest_step_number
                    {%- for furthest in steps[step.number - 1:] %}
                    {%- set before = ('entry_' if step.number == 1 else 'at_') ~ loop.index0 ~ '_before' %}
                    when {{ furthest.number }} then {{ 'occurred_at' if loop.first else before }}
                    {%- endfor %}
                end
            ) as step_{{ step.number }}_at,
            {%- endfor %}
            row_number() over (partition by unit_id order by furthest_step_number desc) as age
        from runs
        where furthest_step_number is not null
        group by unit_id, furthest_step_number

    ),

    best as (

        select
            run_times.*,
            step_1_at as entered_at,
            furthest_step_number as steps_taken
        from run_times
        where age < 2

    )
    {%- endif -%}
{%- endmacro -%}

{#- Returns the SQL of a row ending a run from the first step to this one, in the window. -#}
{%- macro _is_run(funnel, number) -%}
    {%- set conditions = ['place = ' ~ number] -%}
    {%- for before in range(1, number - 1) -%}
        {%- do conditions.append('place_' ~ before ~ '_before = ' ~ (number - before)) -%}
    {%- endfor -%}
    {%- set entry = 'entry_' ~ (number - 1) ~ '_before' -%}
    {%- if number > 1 and funnel.window -%}
        {%- do conditions.append('occurred_at <= ' ~ shared_macros._later(entry, funnel.window) | trim) -%}
    {%- elif number > 1 -%}
        {%- do conditions.append(entry ~ ' is not null') -%}
    {%- endif -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro -%}
