{#- CTEs that end in `best`: every attempt is made, whatever the options. Of attempts with one entry that stand at one
    event, what comes later is the same, so that the best of them is enough; a unit costs at most its entries times its
    events. -#}
{%- macro _best_of_all(funnel, stream, furthest_only) -%}
    {%- if funnel.order == 'any' -%}
    {{ shared_macros._attempts_in_any_order(funnel, stream) }}
    {%- else -%}
    {{ shared_macros._placed_events(funnel, stream) }},
    {%- for step in funnel.steps %}

    {{ shared_macros._attempts_at(funnel, step) }},
    {%- endfor %}

    attempts as (

        {% for step in funnel.steps -%}
        select
            unit_id,
            entered_at,
            {{ step.number }} as furthest_step_number,
            steps_taken,
            {%- for other in funnel.steps %}
            {{ 'step_' ~ other.number ~ '_at' if other.number <= step.number else 'cast(null as timestamp)' }}
                as step_{{ other.number }}_at{{ ',' if not loop.last }}
            {%- endfor %}
        from attempts_{{ step.number }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {% endfor %}

    )
    {%- endif %},

    attempts_by_rank as (

        select
            attempts.*,
            row_number() over (
                partition by unit_id
                order by
                    furthest_step_number desc, steps_taken desc, entered_at, {{ shared_macros._earliest(funnel.steps) }}
            ) as attempt_rank
        from attempts

    ),

    best as (

        select * from attempts_by_rank
        where attempt_rank < 2

    )
{%- endmacro -%}

{#- CTE `placed`: the events that matter, each with its place among the unit's and which steps it takes. Of an ordered
    funnel equal events are one, with how many places up to it have an exclusion; a strict one has no room for them. -#}
{%- macro _placed_events(funnel, stream) -%}
    {%- set order = 'partition by unit_id order by occurred_at, sort_key' -%}
    {%- set is_ordered = funnel.order == 'ordered' -%}
    keyed as (

        select
            unit_id,
            occurred_at,
            {%- for step in funnel.steps %}
            case when {{ shared_macros._takes(step) }} then 1 else 0 end as takes_{{ step.number }},
            {%- endfor %}
            {%- for exclusion in funnel.exclusions if is_ordered %}
            case when {{ shared_macros._condition(exclusion.when) }} then 1 else 0 end as excludes_{{ loop.index }},
            {%- endfor %}
            {{ shared_macros._sort_key(funnel.steps) }} as sort_key
        from {{ stream }} as stream
        {%- if is_ordered %}
        where
            {{ shared_macros._takes_any(funnel.steps) }}
            {%- for exclusion in funnel.exclusions %}
            or ({{ shared_macros._condition(exclusion.when) }})
            {%- endfor %}
        {%- endif %}

    ),

    {% if is_ordered -%}
    distinct_events as (

        select
            unit_id,
            occurred_at,
            {%- for step in funnel.steps %}
            max(takes_{{ step.number }}) as takes_{{ step.number }},
            {%- endfor %}
            {%- for exclusion in funnel.exclusions %}
            max(excludes_{{ loop.index }}) as excludes_{{ loop.index }},
            {%- endfor %}
            sort_key
        from keyed
        group by unit_id, occurred_at, sort_key

    ),

    {% endif -%}
    placed as (

        select
            events.*,
            {%- for exclusion in funnel.exclusions if is_ordered %}
            sum(excludes_{{ loop.index }}) over (
                {{ order }} rows between unbounded preceding and current row
            ) as excluded_{{ loop.index }},
            {%- endfor %}
            row_number() over ({{ order }}) as place
        from {{ 'distinct_events' if is_ordered else 'keyed' }} as events

    )
{%- endmacro -%}

{#- Returns what sorts events of one instant: the lowest step that they take, then all, as the bits of a number. -#}
{%- macro _sort_key(steps) -%}
    {%- set bits = [] -%}
    {%- for step in steps -%}
        {%- do bits.append('case when ' ~ shared_macros._takes(step) ~ ' then ' ~ 2 ** loop.index0 ~ ' else 0 end') -%}
    {%- endfor -%}
    {%- set all_bits = 2 ** (steps | length) -%}
    {{ return(
        'coalesce(' ~ shared_macros._lowest_step(steps) ~ ' * ' ~ all_bits ~ ' + ' ~ bits | join(' + ') ~ ', '
        ~ (steps | length + 1) * all_bits ~ ')'
    ) }}
{%- endmacro -%}

{#- Returns the order of attempts by their step times, a step not taken after any time. -#}
{%- macro _earliest(steps) -%}
    {%- set terms = [] -%}
    {%- for step in steps -%}
        {%- do terms.append("coalesce(step_" ~ step.number ~ "_at, cast('9999-12-31' as timestamp))") -%}
    {%- endfor -%}
    {{ return(terms | join(', ')) }}
{%- endmacro -%}
