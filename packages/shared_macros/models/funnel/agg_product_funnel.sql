-- One row a day: the product funnel's sessions and rates, of the day and to date.
with daily_steps as (

    select * from {{ ref('agg_funnel_steps') }}

),

final as (

    {{ shared_macros.product_funnel_wide('daily_steps') }}

)

select * from final
