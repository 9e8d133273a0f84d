{%- macro history_config(key) -%}
    {%- set key = [key] if key is string else key -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'delete+insert',
        'unique_key': key if key | length > 1 else key[0],
        'on_schema_change': 'append_new_columns',
        'full_refresh': false,
        'schema': 'history',
        'indexes': shared_macros.indexes(key + ['batch']),
        'pre_hook': [
            "{{ shared_macros.use_utc() }}",
            "{{ shared_macros.writer_lock(ref('shared_macros', 'load_manifest')) }}",
            "{{ shared_macros.writer_lock_check() }}",
            "{{ shared_macros.widen_columns() }}",
        ],
    }) }}
{%- endmacro -%}
