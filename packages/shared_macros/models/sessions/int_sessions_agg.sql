-- One row a session: its user, its day, its first and last event, and its events counted by type.
with events as (

    select * from {{ ref('canonical_events') }}

),

sessions as (

    select
        session_id,
        max(user_id) as user_id,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        count(*) as event_count,
        {%- for event_type in shared_macros.event_types() %}
        count(case when event_type = '{{ event_type }}' then 1 end) as {{ event_type }}_count,
        min(case when event_type = '{{ event_type }}' then occurred_at end) as first_{{ event_type }}_at
        {{- ',' if not loop.last }}
        {%- endfor %}
    from events
    group by session_id

),

opening_days as (

    select
        events.session_id,
        min(events.business_date) as session_date
    from events
    inner join sessions
        on events.session_id = sessions.session_id and events.occurred_at = sessions.first_event_at
    group by events.session_id

),

final as (

    select
        sessions.session_id,
        sessions.user_id,
        opening_days.session_date,
        sessions.first_event_at,
        sessions.last_event_at,
        cast(
            {{ dbt.datediff('sessions.first_event_at', 'sessions.last_event_at', 'second') }} as bigint
        ) as duration_seconds,
        sessions.event_count,
        {%- for event_type in shared_macros.event_types() %}
        sessions.{{ event_type }}_count,
        sessions.first_{{ event_type }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from sessions
    inner join opening_days on sessions.session_id = opening_days.session_id

)

select * from final
