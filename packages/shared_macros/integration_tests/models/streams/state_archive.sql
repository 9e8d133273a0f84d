-- One row a state of an item and load that brought it first; it only grows.
{{ config(**shared_macros.archive_config(['tenant_id', 'item_id'])) }}

with final as (

    {{ shared_macros.archive(ref('stg_stream_states'), ref('load_manifest'), key=['tenant_id', 'item_id']) }}

)

select * from final
