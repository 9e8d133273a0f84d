{#- Returns the statement that makes the report of a replay: one row a history, with its first difference. -#}
{%- macro _replay_report(schema) -%}
create table {{ schema }}.replay_report (
    history varchar(128),
    live_rows bigint,
    replayed_rows bigint,
    differences bigint,
    record_key varchar(1024),
    valid_from timestamp,
    known_from timestamp,
    column_name varchar(128),
    live_value varchar(4096),
    replayed_value varchar(4096)
)
{%- endmacro -%}

{#- Returns a select of that row. Rows meet by key, valid_from and known_from, and by their number where more than one
    has the same; `batch` is bookkeeping: a live row may not know of the key's newest. -#}
{%- macro _replay_differences(node, key, live, replayed) -%}
    {%- set place = key + ['valid_from', 'known_from'] -%}
    {%- set columns = node.columns | reject('equalto', 'batch') | list -%}
    with {% for name, relation in {'live': live, 'replayed': replayed}.items() -%}
    {{ name }} as (

        select
            *,
            row_number() over (partition by {{ place | join(', ') }} order by version_id) as twin
        from {{ relation }}

    ),

    {% endfor -%}
    compared as (

        select
            {{ shared_macros._key_in_words(key) }} as record_key,
            coalesce(live.valid_from, replayed.valid_from) as valid_from,
            coalesce(live.known_from, replayed.known_from) as known_from,
            case
                when live.twin is null or replayed.twin is null then 'row'
                {%- for column in columns %}
                when {{ shared_macros._unlike('live.' ~ column, 'replayed.' ~ column) }} then '{{ column }}'
                {%- endfor %}
            end as column_name,
            {%- for name in ['live', 'replayed'] %}
            case
                when {{ name }}.twin is null then 'missing'
                when {{ 'replayed' if name == 'live' else 'live' }}.twin is null then 'present'
                {%- for column in columns %}
                when {{ shared_macros._unlike('live.' ~ column, 'replayed.' ~ column) }}
                    then coalesce({{ shared_macros._as_text(name ~ '.' ~ column, node.columns[column].data_type) }}, 'null')
                {%- endfor %}
            end as {{ name }}_value{{ ',' if not loop.last }}
            {%- endfor %}
        from live
        full outer join replayed
            on {{ shared_macros._equal_keys(place + ['twin'], 'live', 'replayed') }}

    ),

    differing as (

        select
            compared.*,
            row_number() over (order by record_key, valid_from, known_from) as place
        from compared
        where column_name is not null

    )

    select
        cast('{{ node.name }}' as varchar(128)) as history,
        counts.live_rows,
        counts.replayed_rows,
        counts.differences,
        differing.record_key,
        differing.valid_from,
        differing.known_from,
        differing.column_name,
        differing.live_value,
        differing.replayed_value
    from (
        select
            (select count(*) from live) as live_rows,
            (select count(*) from replayed) as replayed_rows,
            (select count(*) from differing) as differences,
            1 as place
    ) as counts
    left join differing on counts.place = differing.place
{%- endmacro -%}

{#- Returns an expression: a record's key as `name value, name value`. -#}
{%- macro _key_in_words(key) -%}
    {%- for column in key -%}
        '{{ ', ' if not loop.first }}{{ column }} ' || cast(coalesce(live.{{ column }}, replayed.{{ column }}) as varchar(256))
        {{- ' || ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- Returns a condition: two values differ, where null differs from every value but null. -#}
{%- macro _unlike(left, right) -%}
{{ left }} <> {{ right }} or ({{ left }} is null and {{ right }} is not null) or ({{ left }} is not null and {{ right }} is null)
{%- endmacro -%}
