{% test sequential_values(model, column_name, interval=1, datepart=none, group_by_columns=[]) %}

{%- set window -%}
{{ 'partition by ' ~ group_by_columns | join(', ') if group_by_columns }} order by {{ column_name }}
{%- endset %}

with neighbours as (

    select
        {{ column_name }} as this_value,
        lag({{ column_name }}) over ({{ window }}) as previous_value
    from {{ model }}

),

final as (

    select * from neighbours
    where
        previous_value is not null
        {% if datepart -%}
            and not (
                cast(this_value as timestamp)
                = cast({{ dbt.dateadd(datepart, interval, 'previous_value') }} as timestamp)
            )
        {%- else -%}
            and not (this_value = previous_value + {{ interval }})
        {%- endif %}

)

select * from final

{% endtest %}
