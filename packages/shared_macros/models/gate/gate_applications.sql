-- One row a row of the staged applications; the node judges them and leaves no relation.
-- depends_on: {{ ref('load_manifest') }}
with applications as (

    select * from {{ ref('stg_applications') }}

),

final as (

    select * from applications

)

select * from final
