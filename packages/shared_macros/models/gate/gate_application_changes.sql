-- One row a staged change of an application; the node judges them and records its decision.
-- depends_on: {{ ref('load_manifest') }} {{ ref('gate_decisions') }} {{ ref('gate_applications') }}
with changes as (

    select * from {{ ref('stg_application_changes') }}

),

final as (

    select * from changes

)

select * from final
