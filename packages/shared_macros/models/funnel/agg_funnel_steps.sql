-- One row a day and step of the product funnel; a day without a session between the first and the last stands with 0.
with session_steps as (

    select * from {{ ref('fct_user_sessions') }}

),

days as (

    {{ shared_macros.calendar_days('session_steps', 'session_date') }}

),

daily_steps as (

    {{ shared_macros.funnel_daily_steps(shared_macros.product_funnel(), 'session_steps', 'days') }}

),

final as (

    {{ shared_macros.funnel_drop_offs('daily_steps') }}

)

select * from final
