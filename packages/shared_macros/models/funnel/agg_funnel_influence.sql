-- One row a funnel, step, kind of member and member: who makes the number.
with unit_steps as (

    select * from {{ ref('int_funnel_unit_steps') }}

),

final as (

    {{ shared_macros.funnel_influence('unit_steps') }}

)

select * from final
