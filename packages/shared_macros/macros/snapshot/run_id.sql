{%- macro run_id() -%}
    {{ return(dbt_metadata_envs.get('RUN_ID', invocation_id)) }}
{%- endmacro -%}
