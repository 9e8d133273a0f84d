{#- The attribution `all`: it has no single value to stand in a column of the unit. -#}
{%- macro funnel_unit_segments(funnel, by, events, units) -%}
    {%- set funnel = shared_macros.funnel_definition(funnel) -%}
    {%- set stream = shared_macros._stream(funnel, events, none) -%}
    with values_at_steps as (

        {% for step in funnel.steps -%}
        select
            stream.unit_id,
            {{ step.number }} as step_number,
            min(stream.{{ by }}) as segment
        from {{ units }} as units
        inner join {{ stream }} as stream
            on units.{{ funnel.unit_key }} = stream.unit_id and units.{{ step.step }}_at = stream.occurred_at
        where {{ shared_macros._takes(step) }}
        group by stream.unit_id
        {%- if not loop.last %}
        union all
        {%- endif %}
        {% endfor %}

    ),

    segments as (

        select distinct
            unit_id,
            segment
        from values_at_steps
        where segment is not null

    )

    select
        units.{{ funnel.unit_key }},
        segments.segment
    from {{ units }} as units
    left join segments on units.{{ funnel.unit_key }} = segments.unit_id
{%- endmacro -%}
