{%- macro history_config(key) -%}
    {%- set key = [key] if key is string else key -%}
    {{ return(dict(
        shared_macros._growing_config(key, ["{{ shared_macros._set_written_batch() }}"]),
        incremental_strategy='delete+insert',
        unique_key=key if key | length > 1 else key[0]
    )) }}
{%- endmacro -%}
