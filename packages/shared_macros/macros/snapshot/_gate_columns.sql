{#- Returns the columns of a query as a list of dicts (name, data_type), read from an empty temporary table of it. -#}
{%- macro _columns_of_query(name, sql) -%}
    {%- set relation = api.Relation.create(identifier='dbt_gate__' ~ name, type='table') -%}
    {%- call dbt.statement() -%}
        drop table if exists {{ relation }};
        create temporary table {{ relation }} as {{ dbt.get_empty_subquery_sql(sql ~ '\n') }}
    {%- endcall -%}
    {%- set columns = shared_macros._columns_of_relation(relation) -%}
    {%- call dbt.statement() -%}
        drop table {{ relation }}
    {%- endcall -%}
    {{ return(columns) }}
{%- endmacro -%}

{#- Returns the columns of a relation as a list of dicts (name, data_type); none of a relation that is not there. -#}
{%- macro _columns_of_relation(relation) -%}
    {%- set columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do columns.append({'name': column.name, 'data_type': shared_macros._full_type(column)}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}

{#- Returns a column's type with its length or precision and scale; dbt's data_type shows text as varchar(256). -#}
{%- macro _full_type(column) -%}
    {%- set data_type = shared_macros._short_type(column.dtype) -%}
    {%- if column.char_size is not none -%}
        {{ return(data_type ~ '(' ~ column.char_size | int ~ ')') }}
    {%- elif data_type == 'numeric' and column.numeric_precision is not none -%}
        {{ return(data_type ~ '(' ~ column.numeric_precision | int ~ ',' ~ column.numeric_scale | int ~ ')') }}
    {%- endif -%}
    {{ return(data_type) }}
{%- endmacro -%}

{#- Returns a declared type as _full_type writes it. -#}
{%- macro _declared_type(data_type) -%}
    {%- set parts = data_type.lower().partition('(') -%}
    {{ return(shared_macros._short_type(parts[0].strip()) ~ parts[1] ~ parts[2].replace(' ', '')) }}
{%- endmacro -%}

{#- Returns the one name that we use of a type that has several. -#}
{%- macro _short_type(name) -%}
    {%- set short_names = {
        'character varying': 'varchar', 'character': 'char', 'decimal': 'numeric', 'bool': 'boolean',
        'int': 'integer', 'int4': 'integer', 'int8': 'bigint', 'int2': 'smallint', 'float8': 'double precision',
        'float4': 'real', 'timestamp without time zone': 'timestamp', 'timestamptz': 'timestamp with time zone',
    } -%}
    {{ return(short_names.get(name, name)) }}
{%- endmacro -%}

{#- Returns the findings about raw columns that are gone or have another type than the source declares. A type declared
    without a length may have any; a column that is not declared may be there. -#}
{%- macro _gate_drift_findings(source, columns) -%}
    {%- set types = {} -%}
    {%- for column in columns -%}
        {%- do types.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- set expected = [] -%}
    {%- for column in source.columns.values() -%}
        {%- set seen = types.get(column.name, 'none') -%}
        {%- set declared = shared_macros._declared_type(column.data_type or seen) -%}
        {%- set loose = '(' not in declared and seen.partition('(')[0] == declared -%}
        {%- do expected.append({'name': column.name, 'data_type': seen if loose else declared}) -%}
    {%- endfor -%}
    {%- set known = columns | selectattr('name', 'in', source.columns.values() | map(attribute='name') | list) -%}
    {%- set findings = [] -%}
    {%- for finding in shared_macros.compare_columns(expected, known) -%}
        {%- do findings.append({
            'where': source.name ~ '.' ~ finding.column, 'kind': 'drift', 'expected': finding.expected,
            'seen': finding.seen, 'blocks_staging': true,
            'repair': 'ask the owner of the table: load it as ' ~ source.original_file_path
                ~ ' declares it, or declare there what it has become',
        }) -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro -%}

{#- Returns the rows of a query. -#}
{%- macro _rows_of_query(sql) -%}
    {%- call dbt.statement('rows_of_query', fetch_result=true) -%}
        {{ sql }}
    {%- endcall -%}
    {{ return(load_result('rows_of_query').table.rows) }}
{%- endmacro -%}

{#- Returns the first row of a query, or none when it has no rows. -#}
{%- macro _first_row(sql) -%}
    {%- set rows = shared_macros._rows_of_query(sql) -%}
    {{ return(rows[0] if rows | length else none) }}
{%- endmacro -%}
