{#- CTE `walked`: how far the units come that are not settled, where that is further than shown. `entry_k` of a row is
    the latest entry of a chain that reached step k up to there; steps of one instant stand in order. A level keeps
    the rows that still say something: later steps in the window, and steps reached beyond what is shown. -#}
{%- macro _walked_units(funnel, stream) -%}
    {%- set order = 'partition by ' ~ shared_macros._by_bytes('unit_id') ~ ' order by occurred_at, step_number' -%}
    {%- set so_far = order ~ ' rows between unbounded preceding and current row' -%}
    walked_1 as (

        select
            stream.unit_id,
            stream.occurred_at,
            {{ shared_macros._lowest_step(funnel.steps) }} as step_number,
            settled.lowest
        from {{ stream }} as stream
        inner join settled
            on
                stream.unit_id = settled.unit_id
                and {{ shared_macros._later('stream.occurred_at', funnel.window) | trim }}
                    >= {{ shared_macros._next_step_at(funnel) }}
                and {{ shared_macros._may_lead_further(funnel) }}
        where settled.lowest < settled.highest and {{ shared_macros._takes_any(funnel.steps) }}

    ),
    {%- for step in funnel.steps[1:] %}
    {%- set before = step.number - 1 %}

    walked_{{ step.number }} as (

        select * from (
            select
                walked_{{ before }}.*,
                max(
                    case
                        when step_number = {{ before }}
                            then {{ 'occurred_at' if loop.first else 'entry_' ~ (before - 1) }}
                    end
                ) over ({{ so_far }}) as entry_{{ before }}
            from walked_{{ before }}
        ) as level_{{ step.number }}
        where
            (
                step_number >= {{ step.number }}
                and occurred_at <= {{ shared_macros._later('entry_' ~ before, funnel.window) | trim }}
            )
            {%- if not loop.first %}
            or (step_number < {{ step.number }} and step_number > lowest)
            {%- endif %}

    ),
    {%- endfor %}

    walked as (

        select
            unit_id,
            max(step_number) as furthest_step_number
        from walked_{{ funnel.steps | length }}
        group by unit_id

    )
{%- endmacro -%}

{#- Returns the SQL of the first time of the step after the one that is shown: what goes further has its entry at most a
    window before. -#}
{%- macro _next_step_at(funnel) -%}
    {%- set cases = [] -%}
    {%- for step in funnel.steps[:-1] -%}
        {%- do cases.append(' when ' ~ step.number ~ ' then settled.first_' ~ (step.number + 1) ~ '_at') -%}
    {%- endfor -%}
    {{ return('case settled.lowest' ~ cases | join ~ ' end') }}
{%- endmacro -%}

{#- Returns the SQL of an event that may lead further: the step before its own comes no later,
    and the step after it, where that is shown or next, no sooner. -#}
{%- macro _may_lead_further(funnel) -%}
    {%- set cases = [] -%}
    {%- for step in funnel.steps -%}
        {%- set conditions = [] -%}
        {%- if not loop.first -%}
            {%- do conditions.append('stream.occurred_at >= settled.first_' ~ (step.number - 1) ~ '_at') -%}
        {%- endif -%}
        {%- if not loop.last -%}
            {%- set by_next = 'stream.occurred_at <= settled.last_' ~ (step.number + 1) ~ '_at' -%}
            {%- do conditions.append(
                by_next if loop.first else '(settled.lowest < ' ~ step.number ~ ' or ' ~ by_next ~ ')'
            ) -%}
        {%- endif -%}
        {%- do cases.append(' when ' ~ shared_macros._takes(step) ~ ' then ' ~ conditions | join(' and ')) -%}
    {%- endfor -%}
    {{ return('case' ~ cases | join ~ ' end') }}
{%- endmacro -%}

{#- Returns a subquery: the first time of the first step, the entry where any later one is as good. -#}
{%- macro _first_entries(stream, funnel) -%}
    {{ return(
        '(select unit_id, min(occurred_at) as entered_at from ' ~ stream ~ ' as stream where '
        ~ shared_macros._takes(funnel.steps[0]) ~ ' group by unit_id)'
    ) }}
{%- endmacro -%}
