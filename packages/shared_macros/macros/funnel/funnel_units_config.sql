{#- Unlike a history, the table is a function of the events of now: --full-refresh makes the same rows. -#}
{%- macro funnel_units_config(funnel) -%}
    {%- set before = "{{ shared_macros._set_written_units(shared_macros.FUNNEL()) }}" -%}
    {%- set stale = "{{ shared_macros._drop_stale_views(shared_macros.FUNNEL()) }}" -%}
    {%- set after =
        "{{ shared_macros._delete_left_units(shared_macros.FUNNEL(), ref('shared_macros', 'event_arrivals')) }}" -%}
    {%- set key = shared_macros.funnel_definition(shared_macros[funnel]()).unit_key -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'delete+insert',
        'unique_key': key,
        'on_schema_change': 'sync_all_columns',
        'indexes': shared_macros._unit_indexes(key),
        'pre_hook': [stale | replace('FUNNEL', funnel), before | replace('FUNNEL', funnel)],
        'post_hook': [after | replace('FUNNEL', funnel)],
    }) }}
{%- endmacro -%}

{%- macro _unit_indexes(key) -%}
    {{ return(adapter.dispatch('_unit_indexes', 'shared_macros')(key)) }}
{%- endmacro -%}

{%- macro default___unit_indexes(key) -%}
    {{ return([{'columns': [key]}, {'columns': ['batch']}]) }}
{%- endmacro -%}

{#- Redshift has no indexes; sort keys stand in the region's project.
    https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html -#}
{%- macro redshift___unit_indexes(key) -%}
    {{ return([]) }}
{%- endmacro -%}

{#- Returns the hook that sets the setting, or nothing where none is read. -#}
{%- macro _set_written_units(funnel) -%}
    {{ return(adapter.dispatch('_set_written_units', 'shared_macros')(funnel)) }}
{%- endmacro -%}

{#- A table from before has no such column yet. https://www.postgresql.org/docs/current/functions-admin.html -#}
{%- macro default___set_written_units(funnel) -%}
    {%- if execute and is_incremental() -%}
select
    set_config('shared_macros.written_units', cast(coalesce(max(batch), 0) as text), true)
from {{ this }}
where computed_by = '{{ shared_macros._computed_by(funnel) }}'
    {%- endif -%}
{%- endmacro -%}

{%- macro redshift___set_written_units(funnel) -%}
{%- endmacro -%}

{#- Returns the hook that deletes what was not written anew: units that were touched and are no longer in the funnel,
    and rows of another definition. -#}
{%- macro _delete_left_units(funnel, arrivals) -%}
    {%- set key = shared_macros.funnel_definition(funnel).unit_key -%}
    {%- if execute -%}
delete from {{ this }}
where
    computed_by <> '{{ shared_macros._computed_by(funnel) }}'
    or (
        batch < (select max(batch) from {{ arrivals }})
        and {{ key }} in (
        {{ shared_macros._touched_units(
            arrivals, key,
            '(select coalesce(max(batch), 0) from ' ~ this ~ ' where batch < (select max(batch) from ' ~ arrivals ~ '))'
        ) }}
        )
    )
    {%- endif -%}
{%- endmacro -%}
