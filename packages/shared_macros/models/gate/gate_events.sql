-- One row a row of the staged events; the node judges them and records its decision.
-- depends_on: {{ ref('load_manifest') }} {{ ref('gate_decisions') }}
with events as (

    select * from {{ ref('stg_events') }}

),

final as (

    select * from events

)

select * from final
