{% test equality(model, compare_model, compare_columns=none) %}

{%- if execute -%}
    {%- set columns = compare_columns or adapter.get_columns_in_relation(model) | map(attribute='quoted') | list -%}
{%- else -%}
    {%- set columns = ['1'] -%}
{%- endif %}

with a_rows as (

    select {{ columns | join(', ') }} from {{ model }}

),

b_rows as (

    select {{ columns | join(', ') }} from {{ compare_model }}

),

a_except_b as (

    select * from a_rows
    except
    select * from b_rows

),

b_except_a as (

    select * from b_rows
    except
    select * from a_rows

),

final as (

    select 'a_except_b' as which_diff, a_except_b.* from a_except_b
    union all
    select 'b_except_a' as which_diff, b_except_a.* from b_except_a

)

select * from final

{% endtest %}
