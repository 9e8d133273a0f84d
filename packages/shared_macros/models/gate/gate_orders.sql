-- One row a row of the staged orders; the node judges them and records its decision.
-- depends_on: {{ ref('load_manifest') }} {{ ref('gate_decisions') }}
with orders as (

    select * from {{ ref('stg_orders') }}

),

final as (

    select * from orders

)

select * from final
