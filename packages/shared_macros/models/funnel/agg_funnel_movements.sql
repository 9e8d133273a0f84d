-- One row a funnel, step, segment column and segment: why the rate moved between two weeks.
with segments as (

    select * from {{ ref('agg_funnel_segments') }}

),

days as (

    select * from {{ ref('agg_funnel_days') }}

),

newest_days as (

    select
        funnel,
        max(unit_date) as unit_date
    from days
    where is_final
    group by funnel

),

weeks as (

    select
        funnel,
        unit_date - 13 as base_from,
        unit_date - 7 as base_to,
        unit_date - 6 as period_from,
        unit_date as period_to
    from newest_days

),

final as (

    {{ shared_macros.funnel_movements('segments', 'weeks') }}

)

select * from final
