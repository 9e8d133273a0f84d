{#- The gate judges the loads of declared inputs; another input is the region's to test. -#}
{%- macro archive_config(key) -%}
    {%- set key = [key] if key is string else key -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'append',
        'on_schema_change': 'append_new_columns',
        'full_refresh': false,
        'schema': 'history',
        'indexes': shared_macros.indexes(key + ['batch']),
        'pre_hook': [
            "{{ shared_macros.use_utc() }}",
            "{{ shared_macros.writer_lock(ref('shared_macros', 'load_manifest')) }}",
            "{{ shared_macros.gate_pre_hook(ref('shared_macros', 'load_manifest')) }}",
            "{{ shared_macros.writer_lock_check() }}",
            "{{ shared_macros.widen_columns() }}",
        ],
    }) }}
{%- endmacro -%}
