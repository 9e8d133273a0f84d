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
        where batch > {{ shared_macros._written_batch(written) }}
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

{#- Returns an expression: the highest batch that a history was computed from. -#}
{%- macro _written_batch(written) -%}
    {{ return(adapter.dispatch('_written_batch', 'shared_macros')(written)) }}
{%- endmacro -%}

{#- A setting, since Postgres looks its value up when it plans: of a subquery's it knows nothing, takes a few of the
    archive's keys for many, and reads the whole archive. https://www.postgresql.org/docs/current/xfunc-volatility.html -#}
{%- macro default___written_batch(written) -%}
cast(current_setting('shared_macros.written_batch') as bigint)
{%- endmacro -%}

{%- macro redshift___written_batch(written) -%}
(select coalesce(max(batch), 0) from {{ written }})
{%- endmacro -%}

{#- Returns the hook that sets the setting, or nothing where none is read. -#}
{%- macro _set_written_batch() -%}
    {{ return(adapter.dispatch('_set_written_batch', 'shared_macros')()) }}
{%- endmacro -%}

{%- macro default___set_written_batch() -%}
    {%- set written = shared_macros._existing_relation(this) if execute else none -%}
    {%- if written is not none -%}
select set_config('shared_macros.written_batch', cast(coalesce(max(batch), 0) as text), true) from {{ written }}
    {%- endif -%}
{%- endmacro -%}

{%- macro redshift___set_written_batch() -%}
{%- endmacro -%}
