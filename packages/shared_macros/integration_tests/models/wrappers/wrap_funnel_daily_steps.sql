-- One row a day and step of a funnel of two.
{% set funnel = {'funnel': 'test_funnel', 'steps': [
    {'step': 'looked', 'event_type': 'look'},
    {'step': 'bought', 'event_type': 'buy'},
]} %}
with session_steps as (

    select * from {{ ref('input_session_steps') }}

),

days as (

    {{ shared_macros.calendar_days('session_steps', 'session_date') }}

),

final as (

    {{ shared_macros.funnel_daily_steps(funnel, 'session_steps', 'days') }}

)

select * from final
