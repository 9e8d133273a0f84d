-- One row a funnel, day and step, from 2024-03-04 on: what lies before is the baseline of the unit tests.
with days as (

    select * from {{ ref('input_funnel_counts') }}

),

changes as (

    {{ shared_macros.funnel_changes('days') }}

),

final as (

    select * from changes
    where unit_date >= cast('2024-03-04' as date)

)

select * from final
