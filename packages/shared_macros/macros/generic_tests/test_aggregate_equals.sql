{% test aggregate_equals(model, expression, compare_model, compare_expression) %}

with counted as (

    select {{ expression }} as figure from {{ model }}

),

compared as (

    select {{ compare_expression }} as figure from {{ compare_model }}

),

final as (

    select
        counted.figure,
        compared.figure as compared_figure
    from counted
    cross join compared
    where coalesce(counted.figure, 0) <> coalesce(compared.figure, 0)

)

select * from final

{% endtest %}
