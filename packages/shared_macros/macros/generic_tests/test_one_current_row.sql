{% test one_current_row(model, key, valid_to='dbt_valid_to', sentinel="cast('9999-12-31' as timestamp)") %}

{%- set keys = shared_macros._key_columns(key) -%}
{%- set key_is_null = shared_macros._any_null(keys) %}

with final as (

    select
        {{ keys | join(', ') }},
        {{ valid_to }},
        count(*) as rows_of_key
    from {{ model }}
    where {{ valid_to }} = {{ sentinel }} or {{ key_is_null }}
    group by {{ keys | join(', ') }}, {{ valid_to }}
    having count(*) > 1 or {{ key_is_null }}

)

select * from final

{% endtest %}
