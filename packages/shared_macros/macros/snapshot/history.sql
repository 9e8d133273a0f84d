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
        where delivery < 2

    ),

    {{ shared_macros._beliefs(key) }}

    select
        cast(
            {{ shared_macros._fingerprint(key + ['valid_from', 'known_from'], 'beliefs', node) }} as varchar(32)
        ) as version_id,
        {{ key | join(',\n        ') }},
        {%- for column in attributes %}
        cast(
            case when not is_deleted then {{ column }} end as {{ node.columns[column].data_type }}
        ) as {{ column }},
        {%- endfor %}
        is_deleted,
        valid_from,
        valid_to,
        known_from,
        believed_to as known_to,
        known_load_id as load_id,
        cast(last_batch as bigint) as batch
    from beliefs
{%- endmacro -%}
