-- One row a version of an item and time in which it was held for true, out of stream_archive alone.
{{ config(**shared_macros.history_config(['tenant_id', 'item_id'])) }}

with final as (

    {{ shared_macros.history(ref('stream_archive'), key=['tenant_id', 'item_id']) }}

)

select * from final
