-- One row a session: whose it is, how far it went in the product funnel, and when it first took each step.
with sessions as (

    select * from {{ ref('int_sessions_agg') }}

),

final as (

    {{ shared_macros.funnel_session_steps(shared_macros.product_funnel(), 'sessions') }}

)

select * from final
