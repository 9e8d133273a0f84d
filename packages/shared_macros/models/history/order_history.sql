-- One row a version of an order and time in which we held it for true, out of the archive alone.
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='order_id',
    on_schema_change='append_new_columns', full_refresh=false, indexes=shared_macros.indexes(['order_id', 'batch'])
) }}

with final as (

    {{ shared_macros.history(ref('order_archive'), key='order_id') }}

)

select * from final
