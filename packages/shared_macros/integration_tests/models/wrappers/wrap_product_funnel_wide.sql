-- One row a day, in the stable shape.
with daily_steps as (

    select * from {{ ref('input_daily_steps') }}

),

final as (

    {{ shared_macros.product_funnel_wide('daily_steps') }}

)

select * from final
