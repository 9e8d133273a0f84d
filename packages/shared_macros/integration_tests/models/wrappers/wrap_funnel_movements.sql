-- One row a funnel, step, segment column and segment: why the rate moved between two periods.
with segments as (

    select * from {{ ref('input_funnel_segments') }}

),

periods as (

    select * from {{ ref('input_funnel_periods') }}

),

final as (

    {{ shared_macros.funnel_movements('segments', 'periods') }}

)

select * from final
