-- One row a state of an item and load that brought it first; it only grows.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns',
    full_refresh=false, indexes=shared_macros.indexes(['tenant_id', 'batch'])
) }}

with final as (

    {{ shared_macros.archive(ref('stg_stream_states'), ref('load_manifest'), key=['tenant_id', 'item_id']) }}

)

select * from final
