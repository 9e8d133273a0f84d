{#- Units are counted once by all three columns together, then summed by each: the view is read once. -#}
{%- macro funnel_segments(unit_steps) -%}
    {%- set segment_columns = ['country', 'device', 'product'] -%}
    {%- set counts = ['entered', 'reached', 'pending'] -%}
    with combinations as (

        select
            funnel,
            unit_date,
            step_number,
            step,
            {%- for column in segment_columns %}
            {{ column }},
            {%- endfor %}
            count(case when entered then 1 end) as entered,
            count(reached_at) as reached,
            count(case when entered and is_pending and reached_at is null then 1 end) as pending
        from {{ unit_steps }}
        group by funnel, unit_date, step_number, step, {{ segment_columns | join(', ') }}

    ),

    segment_columns as (

        {% for column in segment_columns -%}
        select cast('{{ column }}' as varchar(16)) as segment_column
        {%- if not loop.last %}
        union all
        {%- endif %}
        {% endfor %}

    ),

    segments as (

        select
            combinations.*,
            segment_columns.segment_column,
            coalesce(
                case segment_columns.segment_column
                    {%- for column in segment_columns %}
                    when '{{ column }}' then combinations.{{ column }}
                    {%- endfor %}
                end, 'unknown'
            ) as segment
        from combinations
        cross join segment_columns

    ),

    counted as (

        select
            funnel,
            unit_date,
            segment_column,
            segment,
            step_number,
            step,
            {%- for count in counts %}
            cast(sum({{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
            {%- endfor %}
        from segments
        group by funnel, unit_date, segment_column, segment, step_number, step

    )

    select
        funnel,
        unit_date,
        segment_column,
        cast(segment as varchar(64)) as segment,
        step_number,
        step,
        {%- for count in counts %}
        {{ count }},
        {%- endfor %}
        {{ shared_macros.rate('reached', '(entered - pending)') }} as rate
    from counted
{%- endmacro -%}
