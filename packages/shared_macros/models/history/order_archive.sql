-- One row a change of an order and load that brought it first; it only grows.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns',
    full_refresh=false, indexes=shared_macros.indexes(['order_id', 'batch'])
) }}

with final as (

    {{ shared_macros.archive(ref('stg_order_changes'), ref('load_manifest'), key='order_id') }}

)

select * from final
