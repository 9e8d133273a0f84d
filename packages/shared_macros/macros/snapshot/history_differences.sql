{#- States are paired by key, content and how often the key had that content before. -#}
{%- macro history_differences(history, snapshot, key) -%}
    {%- set key = [key] if key is string else key -%}
    {%- set keys = key | join(', ') -%}
    {%- set node = {'columns': {}} -%}
    {%- for column in (adapter.get_columns_in_relation(history) if execute else []) -%}
        {%- do node['columns'].update({column.name: {'data_type': column.dtype}}) -%}
    {%- endfor -%}
    {%- set attributes = shared_macros._attributes_of(node, key) -%}
    with states as (

        select
            {{ keys }}, is_deleted, valid_from, known_from, known_to,
            case
                when is_deleted then 'deleted' else {{ shared_macros._fingerprint(attributes, 'history', node) }}
            end as state_id
        from {{ history }} as history

    ),

    -- a version is known from the first load that told of its state, whatever later loads said of its end
    first_known as (

        select
            states.*,
            min(known_from) over (partition by {{ keys }}, valid_from, state_id) as state_known_from
        from states

    ),

    now_known as (

        select
            first_known.*,
            max(valid_from) over (partition by {{ keys }}, state_known_from) as last_of_load,
            min(state_known_from) over (
                partition by {{ keys }} order by valid_from rows between 1 following and unbounded following
            ) as later_states_known_from
        from first_known
        where known_to = cast('9999-12-31' as timestamp)

    ),

    versions as (

        select
            now_known.*,
            row_number() over (partition by {{ keys }}, state_id order by valid_from) as occurrence
        from now_known

    ),

    seen as (

        select
            {{ keys }}, dbt_valid_from,
            dbt_is_deleted = 'True' as is_deleted,
            case
                when dbt_is_deleted = 'True' then 'deleted'
                else {{ shared_macros._fingerprint(attributes, 'snapshot', node) }}
            end as state_id
        from {{ snapshot }} as snapshot

    ),

    snapshot_rows as (

        select
            seen.*,
            row_number() over (partition by {{ keys }}, state_id order by dbt_valid_from) as occurrence
        from seen

    )

    select
        versions.{{ key | join(', versions.') }},
        'history' as only_in, versions.is_deleted, versions.valid_from,
        versions.state_known_from as known_from,
        case
            when versions.state_known_from > versions.later_states_known_from then 'late: a later state was known before'
            when versions.valid_from < versions.last_of_load then 'several changes of the key in one load'
            when versions.is_deleted then 'deleted before a snapshot had the key'
            else 'no snapshot ran between its load and the next'
        end as reason
    from versions
    left join snapshot_rows
        on {{ shared_macros._equal_keys(key, 'versions', 'snapshot_rows') }}
        and versions.state_id = snapshot_rows.state_id
        and versions.occurrence = snapshot_rows.occurrence
    where snapshot_rows.state_id is null
    union all
    select
        snapshot_rows.{{ key | join(', snapshot_rows.') }},
        'snapshot' as only_in, snapshot_rows.is_deleted, cast(null as timestamp) as valid_from,
        snapshot_rows.dbt_valid_from as known_from,
        'corrected, or merged with its neighbour, by what came later' as reason
    from snapshot_rows
    left join versions
        on {{ shared_macros._equal_keys(key, 'versions', 'snapshot_rows') }}
        and versions.state_id = snapshot_rows.state_id
        and versions.occurrence = snapshot_rows.occurrence
    where versions.state_id is null
{%- endmacro -%}
