{%- macro restating_events(publications, arrivals) -%}
    with {{ shared_macros._event_changes(publications, arrivals) }},

    counts as (

        select
            publication_id,
            session_date,
            {%- for kind in ['late', 'corrected', 'deleted'] %}
            count(distinct case when kind = '{{ kind }}' then event_id end) as {{ kind }}_events
            {{- ',' if not loop.last }}
            {%- endfor %}
        from event_changes
        group by publication_id, session_date

    ),

    loads as (

        select distinct
            publication_id,
            session_date,
            load_id
        from event_changes

    ),

    load_lists as (

        select
            publication_id,
            session_date,
            {{ dbt.listagg('load_id', "','", 'order by load_id') }} as load_ids
        from loads
        group by publication_id, session_date

    )

    select
        counts.publication_id,
        counts.session_date,
        cast(load_lists.load_ids as varchar(4096)) as load_ids,
        counts.late_events,
        counts.corrected_events,
        counts.deleted_events
    from counts
    inner join load_lists
        on counts.publication_id = load_lists.publication_id and counts.session_date = load_lists.session_date
{%- endmacro -%}
