-- One row a day and step, with both drop-offs.
with daily_steps as (

    select * from {{ ref('input_daily_steps') }}

),

final as (

    {{ shared_macros.funnel_drop_offs('daily_steps') }}

)

select * from final
