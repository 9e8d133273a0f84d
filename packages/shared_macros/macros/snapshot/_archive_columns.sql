{#- Returns the names of the attributes that an archive or history declares: neither its key nor bookkeeping. -#}
{%- macro _attributes_of(node, key) -%}
    {%- set bookkeeping = [
        'batch', 'load_id', 'loaded_at', 'change_id', 'changed_at', 'change_sequence', 'is_deleted',
        'version_id', 'valid_from', 'valid_to', 'known_from', 'known_to',
    ] -%}
    {{ return(node.columns | reject('in', key + bookkeeping) | list) }}
{%- endmacro -%}

{#- Returns the node that declares the columns of the SQL being rendered: a unit test knows none and says its own. -#}
{%- macro _declaring(node) -%}
    {{ return(node) }}
{%- endmacro -%}

{#- Returns how an archive's input is fed, by `meta.feed` of the model that it reads: `full` or `changes`. -#}
{%- macro _feed_of(node) -%}
    {%- set feeds = [] -%}
    {%- for unique_id in node.depends_on.nodes if execute and unique_id in graph.nodes -%}
        {%- set feed = graph.nodes[unique_id].config.get('meta', {}).get('feed') -%}
        {%- if feed is not none -%}
            {%- do feeds.append(feed) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if execute and feeds not in [['full'], ['changes']] -%}
        {%- do exceptions.raise_compiler_error(
            node.name ~ ': the model that it archives says config.meta.feed ' ~ feeds
            ~ '; write `full` (each load holds the state of every key) or `changes` (rows are changes)'
        ) -%}
    {%- endif -%}
    {{ return(feeds | first) }}
{%- endmacro -%}

{#- Returns the quoted names of the source tables that a node is made of. -#}
{%- macro _source_names_of(node) -%}
    {%- set names = shared_macros._sources_of(node.unique_id) | map(attribute='name') | list if execute else [] -%}
    {{ return("'" ~ names | join("', '") ~ "'") }}
{%- endmacro -%}

{#- Returns a select of one row, the newest load of a node's source tables. -#}
{%- macro _newest_load(load_manifest, node) -%}
select
            load_id,
            loaded_at
        from {{ load_manifest }}
        where source_table in ({{ shared_macros._source_names_of(node) }})
        order by loaded_at desc, load_id desc
        limit 1
{%- endmacro -%}

{#- Returns a relation expression of no rows with an archive's columns, for its first build. -#}
{%- macro _nothing_archived(node) -%}
(
            select
                {%- for column in node.columns.values() %}
                cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
                {%- else %}
                cast(null as bigint) as batch
                {%- endfor %}
            where 1 = 0
        )
{%- endmacro -%}

{#- Returns a condition: two relations have the same key. -#}
{%- macro _equal_keys(key, left, right) -%}
    {%- for column in key -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- Returns an expression: a value as text, null for null. A boolean has no cast to text on Redshift. -#}
{%- macro _as_text(name, data_type) -%}
    {%- if data_type == 'boolean' -%}
case when {{ name }} then 't' when not {{ name }} then 'f' end
    {%- else -%}
cast({{ name }} as varchar(4096))
    {%- endif -%}
{%- endmacro -%}

{#- Returns an md5 of columns: equal for equal values only, nulls too. A value stands behind its column's name and its
    length, since no separator is safe in text; a null leaves no trace and a fraction no zeros at its end, so that a new
    column and a wider type change no fingerprint. -#}
{%- macro _fingerprint(columns, relation, node) -%}
    {%- set parts = [] -%}
    {%- for column in columns | sort -%}
        {%- set data_type = (node.columns.get(column, {}).get('data_type') or '') | replace(' ', '') -%}
        {%- set text = shared_macros._as_text(relation ~ '.' ~ column, data_type) -%}
        {%- if data_type.startswith('numeric(') and not data_type.endswith(',0)') and ',' in data_type -%}
            {%- set text = "rtrim(rtrim(" ~ text ~ ", '0'), '.')" -%}
        {%- endif -%}
        {%- do parts.append(
            "coalesce('" ~ column ~ "=' || cast(length(" ~ text ~ ") as varchar(8)) || ':' || " ~ text ~ ", '')"
        ) -%}
    {%- endfor -%}
md5(
                {{ parts | join("\n                || ") }}
            )
{%- endmacro -%}
