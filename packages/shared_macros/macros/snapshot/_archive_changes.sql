{#- CTEs that end in `arrivals`: the changes that the archive has not yet, or knows from a later load only. -#}
{%- macro _archive_changes(changes, archived, key, attributes, node) -%}
    {%- set content = key + attributes + ['changed_at', 'change_sequence', 'is_deleted'] -%}
    staged as (

        select distinct
            load.load_id,
            load.loaded_at,
            load.batch,
            {{ shared_macros._fingerprint(content, 'changes', node) }} as change_id,
            changes.{{ (key + attributes) | join(',\n            changes.') }},
            coalesce(changes.changed_at, load.loaded_at) as changed_at,
            changes.change_sequence,
            changes.is_deleted
        from {{ changes }} as changes
        cross join load

    ),

    arrivals as (

        select staged.*
        from staged
        left join {{ archived }} as archived
            on {{ shared_macros._equal_keys(key, 'staged', 'archived') }}
            and staged.change_id = archived.change_id
            and staged.loaded_at >= archived.loaded_at
        where archived.batch is null

    )
{%- endmacro -%}

{#- CTEs that end in `arrivals`: states other than the last archived of their key, and keys that are no longer there.
    A state is never placed before one that was seen earlier. -#}
{%- macro _archive_states(states, archived, key, attributes, node) -%}
    archived_by_age as (

        select
            archived.*,
            row_number() over (partition by {{ key | join(', ') }} order by batch desc) as age
        from {{ archived }} as archived

    ),

    last_states as (

        select
            archived_by_age.*,
            {{ shared_macros._fingerprint(attributes, 'archived_by_age', node) }} as state_id
        from archived_by_age
        where age = 1

    ),

    staged as (

        select
            states.*,
            {{ shared_macros._fingerprint(attributes, 'states', node) }} as state_id
        from {{ states }} as states

    ),

    arrived_states as (

        select
            staged.{{ (key + attributes) | join(',\n            staged.') }},
            case
                when last_states.batch is null then coalesce(staged.changed_at, load.loaded_at)
                when staged.changed_at > last_states.changed_at then staged.changed_at
                when staged.changed_at = last_states.changed_at and not last_states.is_deleted then staged.changed_at
                else greatest(load.loaded_at, last_states.changed_at)
            end as changed_at,
            staged.is_deleted
        from staged
        cross join load
        left join last_states on {{ shared_macros._equal_keys(key, 'staged', 'last_states') }}
        where
            last_states.batch is null
            or last_states.is_deleted <> staged.is_deleted
            or (not staged.is_deleted and last_states.state_id <> staged.state_id)

    ),

    vanished_keys as (

        select
            last_states.{{ (key + attributes) | join(',\n            last_states.') }},
            greatest(load.loaded_at, last_states.changed_at) as changed_at,
            cast(1 = 1 as boolean) as is_deleted
        from last_states
        cross join load
        left join staged on {{ shared_macros._equal_keys(key, 'last_states', 'staged') }}
        where not last_states.is_deleted and staged.{{ key | first }} is null

    ),

    seen as (

        select * from arrived_states
        union all
        select * from vanished_keys

    ),

    arrivals as (

        select
            seen.*,
            load.load_id,
            load.loaded_at,
            load.batch,
            load.batch as change_sequence,
            md5(cast(load.batch as varchar(20)) || '/' || {{ shared_macros._fingerprint(key, 'seen', node) }}) as change_id
        from seen
        cross join load

    )
{%- endmacro -%}
