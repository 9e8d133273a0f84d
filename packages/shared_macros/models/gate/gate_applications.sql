-- One row a row of the staged applications; the node judges them and records its decision.
-- depends_on: {{ ref('load_manifest') }} {{ ref('gate_decisions') }}
with applications as (

    select * from {{ ref('stg_applications') }}

),

final as (

    select * from applications

)

select * from final
