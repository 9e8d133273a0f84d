-- One row a change of an application and load that brought it first; it only grows.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns',
    full_refresh=false, indexes=shared_macros.indexes(['application_id', 'batch'])
) }}

with final as (

    {{ shared_macros.archive(ref('stg_application_changes'), ref('load_manifest'), key='application_id') }}

)

select * from final
