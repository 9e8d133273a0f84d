-- One row a change of an order and load that brought it first; it only grows.
-- depends_on: {{ ref('gate_order_changes') }}
{{ config(**shared_macros.archive_config('order_id')) }}

with final as (

    {{ shared_macros.archive(ref('stg_order_changes'), ref('load_manifest'), key='order_id') }}

)

select * from final
