-- One row a session: whose it is, how far it went in the product funnel, and when it first took each step.
{%- set funnel = shared_macros.product_funnel() %}
with sessions as (

    select * from {{ ref('int_sessions_agg') }}

),

units as (

    select * from {{ ref('fct_product_funnel') }}

),

final as (

    select
        sessions.session_id,
        sessions.user_id,
        sessions.session_date,
        units.furthest_step,
        units.furthest_step_number,
        {%- for step in funnel.steps %}
        units.{{ step.step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from sessions
    left join units on sessions.session_id = units.session_id

)

select * from final
