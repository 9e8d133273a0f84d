{#- Joined digits make up to 100,000 days: generate_series and date_spine are outside the shared dialect. -#}
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
            max({{ day_column }}) as last_day
        from {{ relation }}

    ),

    offsets as (

        select
            ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
            + 10000 * ten_thousands.digit as day_offset
        from digits as ones
        cross join digits as tens
        cross join digits as hundreds
        cross join digits as thousands
        cross join digits as ten_thousands

    )

    select cast({{ dbt.dateadd('day', 'offsets.day_offset', 'bounds.first_day') }} as date) as {{ day_column }}
    from bounds
    inner join offsets
        on offsets.day_offset <= {{ dbt.datediff('bounds.first_day', 'bounds.last_day', 'day') }}
{%- endmacro -%}
