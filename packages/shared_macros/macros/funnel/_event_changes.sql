{#- CTEs that end in `event_changes`: one row a publication, event that loads changed since the one before,
    load and day. What came and went between is no change. An event counts on every day that one of its sessions
    had at either publication, since a session that moves changes both. Dates are carried along and ages compared with
    `< 2`, as in _beliefs: Postgres would take the rows for a few and join them in nested loops. -#}
{%- macro _event_changes(publications, arrivals) -%}
    arrived as (

        select distinct
            publications.publication_id,
            arrivals.event_id,
            arrivals.load_id
        from {{ publications }} as publications
        inner join {{ arrivals }} as arrivals
            on
                arrivals.recorded_at > publications.previously_published_at
                and arrivals.recorded_at <= publications.restated_at
                and position(',' || arrivals.load_id || ',' in ',' || publications.previous_load_ids || ',') = 0

    ),

    touched_sessions as (

        select distinct
            arrived.publication_id,
            arrivals.session_id
        from arrived
        inner join {{ arrivals }} as arrivals on arrived.event_id = arrivals.event_id

    ),

    touched_events as (

        select distinct
            touched_sessions.publication_id,
            arrivals.event_id
        from touched_sessions
        inner join {{ arrivals }} as arrivals on touched_sessions.session_id = arrivals.session_id

    ),

    moments as (

        select publication_id, 1 as moment, previously_published_at as known_at from {{ publications }}
        union all
        select publication_id, 2 as moment, restated_at as known_at from {{ publications }}

    ),

    known_rows as (

        select
            arrivals.*,
            touched_events.publication_id,
            moments.moment,
            row_number() over (
                partition by touched_events.publication_id, moments.moment, arrivals.event_id
                order by arrivals.batch desc
            ) as age
        from touched_events
        inner join moments on touched_events.publication_id = moments.publication_id
        inner join {{ arrivals }} as arrivals
            on touched_events.event_id = arrivals.event_id and moments.known_at >= arrivals.recorded_at

    ),

    known_events as (

        select
            known_rows.*,
            row_number() over (
                partition by publication_id, moment, session_id order by occurred_at, business_date
            ) as place,
            min(moment) over (partition by publication_id, event_id) as first_moment,
            max(moment) over (partition by publication_id, event_id) as last_moment,
            min(fingerprint) over (partition by publication_id, event_id) as one_fingerprint,
            max(fingerprint) over (partition by publication_id, event_id) as other_fingerprint
        from known_rows
        where age < 2 and not is_deleted

    ),

    dated_events as (

        select
            known_events.*,
            case
                when first_moment = last_moment then case first_moment when 1 then 'deleted' else 'late' end
                when one_fingerprint <> other_fingerprint then 'corrected'
            end as kind,
            {%- for moment in [1, 2] %}
            max(case when moment = {{ moment }} and place = 1 then business_date end) over (
                partition by publication_id, session_id
            ) as session_date_{{ moment }}{{ ',' if not loop.last }}
            {%- endfor %}
        from known_events

    ),

    dates as (

        {% for moment in [1, 2] -%}
        select
            publication_id,
            event_id,
            kind,
            session_date_{{ moment }} as session_date
        from dated_events
        where kind is not null and session_date_{{ moment }} is not null
        {%- if not loop.last %}
        union
        {%- endif %}
        {% endfor %}

    ),

    event_changes as (

        select
            dates.*,
            arrived.load_id
        from dates
        inner join arrived on dates.publication_id = arrived.publication_id and dates.event_id = arrived.event_id

    )
{%- endmacro -%}
