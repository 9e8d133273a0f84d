{#- CTEs that end in `beliefs`: for each load that told something of a key, the timeline that all changes known then
    make; a version that the next loads leave as it is stands once. Rows are carried along and numbers compared with
    `< 2`: Postgres knows nothing of a CTE's rows, takes `= 1` for a few, and would join the many in nested loops. -#}
{%- macro _beliefs(key) -%}
    {%- set keys = key | join(', ') -%}
    {%- set end_of_time = "cast('9999-12-31' as timestamp)" -%}
    knowledge as (

        select
            {{ keys }},
            loaded_at as known_from,
            max(load_id) as known_load_id,
            row_number() over (partition by {{ keys }} order by loaded_at) as step,
            coalesce(lead(loaded_at) over (partition by {{ keys }} order by loaded_at), {{ end_of_time }}) as known_to
        from changes
        group by {{ keys }}, loaded_at

    ),

    -- a change with a place in the source's order is corrected by a later load; one without has no better than another
    known_changes as (

        select
            changes.*,
            knowledge.step,
            knowledge.known_from,
            knowledge.known_to,
            knowledge.known_load_id,
            row_number() over (
                partition by changes.{{ key | join(', changes.') }}, knowledge.step, changes.changed_at
                order by
                    case when changes.change_sequence is null then 0 else 1 end desc,
                    changes.change_sequence desc,
                    case when changes.change_sequence is not null then changes.loaded_at end desc,
                    changes.change_id desc
            ) as place
        from knowledge
        inner join changes
            on {{ shared_macros._equal_keys(key, 'knowledge', 'changes') }}
            and knowledge.known_from >= changes.loaded_at

    ),

    instants as (

        select
            known_changes.*,
            lag(state_id) over (partition by {{ keys }}, step order by changed_at) as previous_state_id
        from known_changes
        where place < 2

    ),

    timelines as (

        select
            instants.*,
            changed_at as valid_from,
            coalesce(
                lead(changed_at) over (partition by {{ keys }}, step order by changed_at), {{ end_of_time }}
            ) as valid_to
        from instants
        where previous_state_id is null or previous_state_id <> state_id

    ),

    islands as (

        select
            timelines.*,
            step - row_number() over (
                partition by {{ keys }}, valid_from, valid_to, state_id order by step
            ) as island
        from timelines

    ),

    numbered as (

        select
            islands.*,
            row_number() over (
                partition by {{ keys }}, valid_from, valid_to, state_id, island order by step
            ) as belief_number,
            max(known_to) over (partition by {{ keys }}, valid_from, valid_to, state_id, island) as believed_to
        from islands

    ),

    beliefs as (

        select * from numbered
        where belief_number < 2

    )
{%- endmacro -%}
