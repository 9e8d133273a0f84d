{%- macro history_config(key) -%}
    {%- set key = [key] if key is string else key -%}
    {{ return(dict(
        shared_macros._growing_config(key, []),
        incremental_strategy='delete+insert',
        unique_key=key if key | length > 1 else key[0]
    )) }}
{%- endmacro -%}
