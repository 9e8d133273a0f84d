{#- The sentinel is that of dbt_valid_to_current in dbt_project.yml. -#}
{%- macro is_current() -%}
dbt_valid_to = cast('9999-12-31' as timestamp) and dbt_is_deleted = 'False'
{%- endmacro -%}
