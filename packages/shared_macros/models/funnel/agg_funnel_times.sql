-- One row a funnel, day (null: all days together) and step from the second on: how long it took to get there.
with unit_steps as (

    select * from {{ ref('int_funnel_unit_steps') }}

),

final as (

    {{ shared_macros.funnel_times('unit_steps') }}

)

select * from final
