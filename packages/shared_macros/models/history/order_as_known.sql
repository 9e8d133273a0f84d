-- One row a version of an order, with the times at which we held it for what is now.
{{ config(materialized='view') }}

with final as (

    {{ shared_macros.as_known(ref('order_history')) }}

)

select * from final
