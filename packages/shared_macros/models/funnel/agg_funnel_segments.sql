-- One row a funnel, day, segment column, segment and step: the funnel's figures, broken down.
with unit_steps as (

    select * from {{ ref('int_funnel_unit_steps') }}

),

final as (

    {{ shared_macros.funnel_segments('unit_steps') }}

)

select * from final
