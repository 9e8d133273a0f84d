{#- Joined digits make up to 100,000 days, by the thousand and no more than are needed: generate_series and date_spine
    are outside the shared dialect. -#}
{%- macro calendar_days(relation, day_column) -%}
    with digits as (

        {% for digit in range(10) -%}
            select {{ digit }} as digit
            {%- if not loop.last %} union all {% endif %}
        {% endfor %}

    ),

    bounds as (

        select
            min({{ day_column }}) as first_day,
            {{ dbt.datediff('min(' ~ day_column ~ ')', 'max(' ~ day_column ~ ')', 'day') }} as last_offset
        from {{ relation }}

    ),

    thousands as (

        select
            bounds.first_day,
            bounds.last_offset,
            1000 * thousands.digit + 10000 * ten_thousands.digit as day_offset
        from bounds
        cross join digits as thousands
        cross join digits as ten_thousands
        where 1000 * thousands.digit + 10000 * ten_thousands.digit <= bounds.last_offset

    ),

    offsets as (

        select
            thousands.first_day,
            thousands.last_offset,
            thousands.day_offset + ones.digit + 10 * tens.digit + 100 * hundreds.digit as day_offset
        from thousands
        cross join digits as ones
        cross join digits as tens
        cross join digits as hundreds

    )

    select cast({{ dbt.dateadd('day', 'day_offset', 'first_day') }} as date) as {{ day_column }}
    from offsets
    where day_offset <= last_offset
{%- endmacro -%}
