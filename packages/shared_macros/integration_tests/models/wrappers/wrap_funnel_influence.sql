-- One row a funnel, step, kind of member and member: who makes the number.
with unit_steps as (

    select * from {{ ref('input_unit_steps') }}

),

final as (

    {{ shared_macros.funnel_influence('unit_steps', largest=2) }}

)

select * from final
