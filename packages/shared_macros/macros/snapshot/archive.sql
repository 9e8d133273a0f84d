{#- A feed of changes is archived change by change, a full feed as what differs from what was archived before. -#}
{%- macro archive(changes, load_manifest, key) -%}
    {%- set node = shared_macros._declaring(model) -%}
    {%- set key = [key] if key is string else key -%}
    {%- set attributes = shared_macros._attributes_of(node, key) -%}
    {%- set archived = this if is_incremental() else shared_macros._nothing_archived(node) -%}
    with loads as (

        {{ shared_macros._loads_by_age(load_manifest, node) }}

    ),

    newest_batch as (

        select
            max(batch) as batch,
            max(load_id) as load_id
        from {{ archived }}
        where batch = (select max(batch) from {{ archived }})

    ),

    -- what comes under a load that was archived before is known only now
    load as (

        select
            loads.load_id,
            case
                when loads.load_id = newest_batch.load_id then {{ shared_macros.snapshot_get_time() }}
                else loads.loaded_at
            end as loaded_at,
            coalesce(newest_batch.batch, 0) + 1 as batch
        from loads
        cross join newest_batch
        where loads.age = 1

    ),

    {% if shared_macros._feed_of(node) == 'full' -%}
    {{ shared_macros._archive_states(changes, archived, key, attributes, node) }}
    {%- else -%}
    {{ shared_macros._archive_changes(changes, archived, key, attributes, node) }}
    {%- endif %}

    select
        cast(batch as bigint) as batch,
        load_id,
        cast(loaded_at as timestamp) as loaded_at,
        cast(change_id as varchar(32)) as change_id,
        {{ key | join(',\n        ') }},
        {%- for column in attributes %}
        cast({{ column }} as {{ node.columns[column].data_type }}) as {{ column }},
        {%- endfor %}
        cast(changed_at as timestamp) as changed_at,
        cast(change_sequence as bigint) as change_sequence,
        is_deleted
    from arrivals
{%- endmacro -%}
