{#- Not by run_id(): dbt renders comments without the variable that it reads. -#}
{%- macro query_comment(node=none) -%}
    {%- set comment = {
        'app': 'dbt',
        'dbt_version': dbt_version,
        'region': project_name,
        'run_id': env_var('DBT_ENV_CUSTOM_ENV_RUN_ID', invocation_id),
    } -%}
    {%- if node -%}
        {%- do comment.update({'node_id': node.unique_id}) -%}
    {%- endif -%}
    {{ return(tojson(comment)) }}
{%- endmacro -%}
