{#- Returns a dict: findings about an input's staging output (columns, types, rows, keys), and its number of rows. -#}
{%- macro _gate_staging_findings(input, sql, may_be_empty) -%}
    {%- set declared = shared_macros.declared_inputs()[input] -%}
    {%- set canonical = (graph.nodes.values() | selectattr('name', 'equalto', declared.canonical)
        | selectattr('resource_type', 'equalto', 'model') | first) -%}
    {%- set nulls = [] -%}
    {%- for column in canonical.columns.values() -%}
        {%- do nulls.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- set expected = shared_macros._columns_of_query('expected_' ~ input, 'select ' ~ nulls | join(', ')) -%}
    {%- set actual = shared_macros._columns_of_query('actual_' ~ input, sql) -%}
    {%- set findings = [] -%}
    {%- for finding in shared_macros.compare_columns(expected, actual) -%}
        {%- do findings.append({
            'where': input ~ '.' ~ finding.column, 'expected': finding.expected, 'seen': finding.seen,
            'repair': 'correct the staging model',
        }) -%}
    {%- endfor -%}
    {%- if declared.key not in actual | map(attribute='name') -%}
        {{ return({'findings': findings, 'rows': 0}) }}
    {%- endif -%}
    {%- set counts = shared_macros._first_row(
        'select count(*), count(' ~ declared.key ~ '), count(distinct ' ~ declared.key ~ ')'
        ~ ' from (\n' ~ sql ~ '\n) as staged'
    ) -%}
    {%- if counts[0] == 0 and not may_be_empty -%}
        {%- do findings.append({
            'where': input, 'expected': 'rows', 'seen': '0 rows', 'repair': 'load its sources or run without --empty',
        }) -%}
    {%- endif -%}
    {%- set wrong = {
        'a key in every row': [counts[0] - counts[1], 'rows without a key'],
        'every key once': [counts[1] - counts[2], 'repeated keys'],
    } -%}
    {%- for expectation, fault in wrong.items() if fault[0] > 0 -%}
        {%- do findings.append({
            'where': input ~ '.' ~ declared.key, 'expected': expectation, 'seen': fault | join(' '),
            'repair': 'deduplicate in the staging model or load the source again',
        }) -%}
    {%- endfor -%}
    {{ return({'findings': findings, 'rows': counts[0] | int}) }}
{%- endmacro -%}

{#- Returns the columns of a query as a list of dicts (name, data_type), read from an empty temporary table of it. -#}
{%- macro _columns_of_query(name, sql) -%}
    {%- set relation = api.Relation.create(identifier='dbt_gate__' ~ name, type='table') -%}
    {%- call dbt.statement() -%}
        drop table if exists {{ relation }};
        create temporary table {{ relation }} as {{ dbt.get_empty_subquery_sql(sql ~ '\n') }}
    {%- endcall -%}
    {%- set columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do columns.append({'name': column.name, 'data_type': shared_macros._full_type(column)}) -%}
    {%- endfor -%}
    {%- call dbt.statement() -%}
        drop table {{ relation }}
    {%- endcall -%}
    {{ return(columns) }}
{%- endmacro -%}

{#- Returns a column's type with its length or precision and scale; dbt's data_type shows text as varchar(256). -#}
{%- macro _full_type(column) -%}
    {%- set short_names = {
        'character varying': 'varchar', 'character': 'char', 'timestamp without time zone': 'timestamp',
    } -%}
    {%- set data_type = short_names.get(column.dtype, column.dtype) -%}
    {%- if column.char_size is not none -%}
        {{ return(data_type ~ '(' ~ column.char_size | int ~ ')') }}
    {%- elif data_type == 'numeric' and column.numeric_precision is not none -%}
        {{ return(data_type ~ '(' ~ column.numeric_precision | int ~ ',' ~ column.numeric_scale | int ~ ')') }}
    {%- endif -%}
    {{ return(data_type) }}
{%- endmacro -%}

{#- Returns the first row of a query, or none when it has no rows. -#}
{%- macro _first_row(sql) -%}
    {%- call dbt.statement('first_row', fetch_result=true) -%}
        {{ sql }}
    {%- endcall -%}
    {%- set rows = load_result('first_row').table.rows -%}
    {{ return(rows[0] if rows | length else none) }}
{%- endmacro -%}
