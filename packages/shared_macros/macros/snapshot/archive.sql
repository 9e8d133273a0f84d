{#- A feed of changes is archived change by change, a full feed as what differs from what was archived before. -#}
{%- macro archive(changes, load_manifest, key) -%}
    {%- set node = shared_macros._declaring(model) -%}
    {%- set key = [key] if key is string else key -%}
    {%- set attributes = shared_macros._attributes_of(node, key) -%}
    {%- set archived = this if is_incremental() else shared_macros._nothing_archived(node) -%}
    with newest_load as (

        {{ shared_macros._newest_load(load_manifest, node) }}

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
            newest_load.load_id,
            case
                when newest_load.load_id = newest_batch.load_id then {{ shared_macros.snapshot_get_time() }}
                else newest_load.loaded_at
            end as loaded_at,
            coalesce(newest_batch.batch, 0) + 1 as batch
        from newest_load
        cross join newest_batch

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
