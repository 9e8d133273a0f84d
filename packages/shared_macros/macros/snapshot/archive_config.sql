{#- The gate judges the loads of declared inputs; another input is the region's to test. -#}
{%- macro archive_config(key) -%}
    {%- set key = [key] if key is string else key -%}
    {%- set gate = "{{ shared_macros.gate_pre_hook(ref('shared_macros', 'load_manifest')) }}" -%}
    {{ return(dict(shared_macros._growing_config(key, [gate]), incremental_strategy='append')) }}
{%- endmacro -%}

{#- Returns the configuration that archives and histories share; `hooks` run while the writer lock is held. -#}
{%- macro _growing_config(key, hooks) -%}
    {%- set lock = "{{ shared_macros.writer_lock(ref('shared_macros', 'load_manifest')) }}" -%}
    {{ return({
        'materialized': 'incremental',
        'on_schema_change': 'append_new_columns',
        'full_refresh': false,
        'schema': 'history',
        'indexes': shared_macros.indexes(key + ['batch']),
        'pre_hook': ["{{ shared_macros.use_utc() }}", lock] + hooks
            + ["{{ shared_macros.writer_lock_check() }}", "{{ shared_macros.widen_columns() }}"],
    }) }}
{%- endmacro -%}
