{#- CTEs that end in `event_changes`: one row a publication, event that loads changed since the one before,
    load and day. What came and went between is no change. An event counts on every day that one of its sessions
    had at either publication, since a session that moves changes both. -#}
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
            ) as place
        from known_rows
        where age = 1 and not is_deleted

    ),

    changes as (

        select
            publication_id,
            event_id,
            case min(moment) + max(moment) when 2 then 'deleted' when 4 then 'late' else 'corrected' end as kind
        from known_events
        group by publication_id, event_id
        having count(*) = 1 or min(fingerprint) <> max(fingerprint)

    ),

    event_changes as (

        select distinct
            changes.publication_id,
            changes.event_id,
            changes.kind,
            arrived.load_id,
            openings.business_date as session_date
        from changes
        inner join arrived
            on changes.publication_id = arrived.publication_id and changes.event_id = arrived.event_id
        inner join known_events
            on changes.publication_id = known_events.publication_id and changes.event_id = known_events.event_id
        inner join known_events as openings
            on
                known_events.publication_id = openings.publication_id
                and known_events.session_id = openings.session_id
                and openings.place = 1

    )
{%- endmacro -%}
