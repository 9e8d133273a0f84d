{#- A model of this materialization leaves no relation: it judges its input and reports what it counted. -#}
{%- materialization gate, default -%}
    {{ dbt.run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set input = shared_macros.inputs_of(model) | first -%}
    {%- set rows = shared_macros.gate(input, sql, shared_macros._manifest_of(model)) -%}
    {%- set raw = shared_macros._raw_counts(input) -%}
    {%- set message = rows ~ ' rows, ' ~ raw.rows ~ ' raw rows, ' ~ raw.duplicates ~ ' raw duplicates' -%}
    {%- call dbt.noop_statement('main', message, 'GATE', rows) -%}
        {{ sql }}
    {%- endcall -%}
    {{ dbt.run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': []}) }}
{%- endmaterialization -%}

{#- Returns the relation of the load manifest that a gate node names in its depends_on comment. -#}
{%- macro _manifest_of(node) -%}
    {%- for unique_id in node.depends_on.nodes if unique_id.split('.')[2] == 'load_manifest' -%}
        {%- set manifest = graph.nodes[unique_id] -%}
        {{ return(api.Relation.create(manifest.database, manifest.schema, manifest.alias)) }}
    {%- endfor -%}
{%- endmacro -%}

{#- Returns a dict: the rows of an input's raw tables, and how many of them repeat another row of their table. -#}
{%- macro _raw_counts(input) -%}
    {%- set raw = namespace(rows=0, duplicates=0) -%}
    {%- for source in shared_macros.input_sources(input) -%}
        {%- set relation = shared_macros._existing_relation(source) -%}
        {%- set counts = shared_macros._first_row(
            'select (select count(*) from ' ~ relation ~ '), (select count(*) from (select distinct * from '
            ~ relation ~ ') as different_rows)'
        ) -%}
        {%- set raw.rows = raw.rows + (counts[0] | int) -%}
        {%- set raw.duplicates = raw.duplicates + (counts[0] - counts[1]) | int -%}
    {%- endfor -%}
    {{ return({'rows': raw.rows, 'duplicates': raw.duplicates}) }}
{%- endmacro -%}
