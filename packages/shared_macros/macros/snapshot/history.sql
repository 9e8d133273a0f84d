{#- A history is a pure function of its archive, key by key: a run computes anew the keys that new batches touch. -#}
{%- macro history(archive, key) -%}
    {{ shared_macros._history_of(shared_macros._declaring(model), archive, key, this if is_incremental() else none) }}
{%- endmacro -%}

{#- Returns the query of the history `node`: of all keys, or of those that came in since the relation `written`. -#}
{%- macro _history_of(node, archive, key, written) -%}
    {%- set key = [key] if key is string else key -%}
    {%- set keys = key | join(', ') -%}
    {%- set attributes = shared_macros._attributes_of(node, key) -%}
    with touched as (

        select distinct {{ keys }} from {{ archive }}
        {%- if written is not none %}
        where
            batch > (select coalesce(max(batch), 0) from {{ written }})
            and batch <= (select max(batch) from {{ archive }})
        {%- endif %}

    ),

    deliveries as (

        select
            archive.*,
            max(archive.batch) over (partition by archive.{{ key | join(', archive.') }}) as last_batch,
            row_number() over (
                partition by archive.{{ key | join(', archive.') }}, archive.change_id
                order by archive.loaded_at, archive.load_id
            ) as delivery
        from {{ archive }} as archive
        inner join touched on {{ shared_macros._equal_keys(key, 'archive', 'touched') }}

    ),

    changes as (

        select
            deliveries.*,
            case
                when is_deleted then 'deleted'
                else {{ shared_macros._fingerprint(attributes, 'deliveries', node) }}
            end as state_id
        from deliveries
        where delivery = 1

    ),

    states as (

        select
            changes.*,
            row_number() over (partition by {{ keys }}, state_id order by change_id) as occurrence
        from changes

    ),

    {{ shared_macros._beliefs(key) }}

    select
        cast(
            {{ shared_macros._fingerprint(key + ['valid_from', 'known_from'], 'beliefs', node) }} as varchar(32)
        ) as version_id,
        beliefs.{{ key | join(',\n        beliefs.') }},
        {%- for column in attributes %}
        cast(
            case when not states.is_deleted then states.{{ column }} end as {{ node.columns[column].data_type }}
        ) as {{ column }},
        {%- endfor %}
        states.is_deleted,
        beliefs.valid_from,
        beliefs.valid_to,
        beliefs.known_from,
        beliefs.known_to,
        beliefs.load_id,
        cast(beliefs.last_batch as bigint) as batch
    from beliefs
    inner join states
        on {{ shared_macros._equal_keys(key, 'beliefs', 'states') }}
        and beliefs.state_id = states.state_id
        and states.occurrence = 1
{%- endmacro -%}
