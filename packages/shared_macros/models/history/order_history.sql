-- One row a version of an order and time in which we held it for true, out of the archive alone.
{{ config(**shared_macros.history_config('order_id')) }}

with final as (

    {{ shared_macros.history(ref('order_archive'), key='order_id') }}

)

select * from final
