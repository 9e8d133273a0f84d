-- One row a session, with the steps of a funnel of two.
{% set funnel = {'funnel': 'test_funnel', 'steps': [
    {'step': 'looked', 'event_type': 'look'},
    {'step': 'bought', 'event_type': 'buy'},
]} %}
with sessions as (

    select * from {{ ref('input_sessions') }}

),

final as (

    {{ shared_macros.funnel_session_steps(funnel, 'sessions') }}

)

select * from final
