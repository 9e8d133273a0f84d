-- One row a day and step of the product funnel; a day without a session between the first and the last stands with 0.
with days as (

    select * from {{ ref('agg_funnel_days') }}
    where funnel = '{{ shared_macros.product_funnel().funnel }}'

),

daily_steps as (

    select
        funnel,
        unit_date as session_date,
        step_number,
        step,
        entered,
        reached
    from days

),

final as (

    {{ shared_macros.funnel_drop_offs('daily_steps') }}

)

select * from final
