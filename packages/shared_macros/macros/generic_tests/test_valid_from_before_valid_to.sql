{% test valid_from_before_valid_to(model, valid_from='dbt_valid_from', valid_to='dbt_valid_to') %}

with final as (

    select * from {{ model }}
    where
        {{ valid_from }} is null
        or {{ valid_to }} is null
        or {{ valid_from }} >= {{ valid_to }}

)

select * from final

{% endtest %}
