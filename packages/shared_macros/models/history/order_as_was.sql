-- One row a version of an order, as it is known now.
{{ config(materialized='view') }}

with final as (

    {{ shared_macros.as_was(ref('order_history')) }}

)

select * from final
