-- One row a version of an item and time in which it was held for true, out of stream_archive alone.
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key=['tenant_id', 'item_id'],
    on_schema_change='append_new_columns', full_refresh=false, indexes=shared_macros.indexes(['tenant_id', 'batch'])
) }}

with final as (

    {{ shared_macros.history(ref('stream_archive'), key=['tenant_id', 'item_id']) }}

)

select * from final
