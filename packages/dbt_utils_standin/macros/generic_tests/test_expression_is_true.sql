{#- A null result passes, as in dbt-labs' package. -#}
{% test expression_is_true(model, expression, column_name=none) %}

select 1 as fault
from {{ model }}
where not ({{ column_name ~ ' ' ~ expression if column_name else expression }})

{% endtest %}
