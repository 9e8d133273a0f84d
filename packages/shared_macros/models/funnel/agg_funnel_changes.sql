-- One row a funnel, final day and step after the first: how its rate changed, and whether that is worth an alert.
with days as (

    select * from {{ ref('agg_funnel_days') }}

),

final as (

    {{ shared_macros.funnel_changes('days') }}

)

select * from final
