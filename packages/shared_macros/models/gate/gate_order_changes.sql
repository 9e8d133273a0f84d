-- One row a staged change of an order; the node judges them and records its decision.
-- depends_on: {{ ref('load_manifest') }} {{ ref('gate_decisions') }} {{ ref('gate_orders') }}
with changes as (

    select * from {{ ref('stg_order_changes') }}

),

final as (

    select * from changes

)

select * from final
