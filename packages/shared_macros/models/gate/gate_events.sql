-- One row a row of the staged events; the node judges them and leaves no relation.
-- depends_on: {{ ref('load_manifest') }}
with events as (

    select * from {{ ref('stg_events') }}

),

final as (

    select * from events

)

select * from final
