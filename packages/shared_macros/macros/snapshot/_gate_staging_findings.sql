{#- Returns a dict: findings about an input's staging output (columns, types, rows, keys), its rows and keys, and its
    columns where they are the contract's, else none. -#}
{%- macro _gate_staging_findings(input, sql, may_be_empty) -%}
    {%- set declared = shared_macros.declared_inputs()[input] -%}
    {%- set columns = shared_macros._expected_columns(declared) -%}
    {%- set actual = shared_macros._columns_of_query('actual_' ~ input, sql) -%}
    {%- set place = shared_macros._file_of(input) -%}
    {%- set findings = [] -%}
    {%- for finding in shared_macros.compare_columns(columns, actual) -%}
        {%- do findings.append({
            'where': input ~ '.' ~ finding.column, 'kind': 'drift', 'expected': finding.expected,
            'seen': finding.seen, 'repair': 'correct the staging model ' ~ place,
        }) -%}
    {%- endfor -%}
    {%- set drifted = findings | length > 0 -%}
    {%- if declared.key not in actual | map(attribute='name') -%}
        {{ return({'findings': findings, 'rows': 0, 'staged_keys': 0, 'columns': none}) }}
    {%- endif -%}
    {%- set counts = shared_macros._first_row(
        'select count(*), count(' ~ declared.key ~ '), count(distinct ' ~ declared.key ~ ')'
        ~ ' from (\n' ~ sql ~ '\n) as staged'
    ) -%}
    {%- do findings.extend(shared_macros._gate_row_findings(input, sql, counts, may_be_empty)) -%}
    {{ return({
        'findings': findings, 'rows': counts[0] | int, 'staged_keys': counts[2] | int,
        'columns': none if drifted else columns,
    }) }}
{%- endmacro -%}

{#- Returns the findings about an input's rows and keys. In an input of changes a key comes again. -#}
{%- macro _gate_row_findings(input, sql, counts, may_be_empty) -%}
    {%- set declared = shared_macros.declared_inputs()[input] -%}
    {%- set place = shared_macros._file_of(input) -%}
    {%- set where = input ~ '.' ~ declared.key -%}
    {%- set raw = shared_macros._raw_names(shared_macros.input_sources(input)) -%}
    {%- set findings = [] -%}
    {%- if counts[0] == 0 and not may_be_empty -%}
        {%- do findings.append({
            'where': input, 'kind': 'empty', 'expected': 'at least 1 row', 'seen': '0 rows', 'follows_from': 'empty',
            'repair': 'run without --empty' if invocation_args_dict.get('empty') else 'correct ' ~ place
                ~ ', which leaves every row out',
        }) -%}
    {%- endif -%}
    {%- if counts[0] > counts[1] -%}
        {%- do findings.append({
            'where': where, 'kind': 'null keys', 'expected': 'a key in every row',
            'seen': shared_macros._part(counts[0] - counts[1], counts[0], 'rows without one'),
            'repair': 'look for them in ' ~ raw ~ ': have them corrected and loaded again, or, only if they do'
                ~ ' not count, leave them out in ' ~ place,
        }) -%}
    {%- endif -%}
    {%- if counts[1] > counts[2] and not declared.get('changes') -%}
        {%- do findings.append({
            'where': where, 'kind': 'duplicated keys', 'expected': 'every key once',
            'seen': shared_macros._part(counts[1] - counts[2], counts[1], 'rows with the key of another, such as ')
                ~ shared_macros._a_repeated_key(declared.key, sql),
            'repair': 'look for it in ' ~ raw ~ ': have them corrected and loaded again, or, only if the rows are'
                ~ ' versions of one, keep the newest a key in ' ~ place,
        }) -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro -%}

{#- Returns a key that several rows have, for a message. -#}
{%- macro _a_repeated_key(key, sql) -%}
    {{ return(shared_macros._first_row(
        'select min(' ~ key ~ ') from (select ' ~ key ~ ' from (\n' ~ sql ~ '\n) as staged group by ' ~ key
        ~ ' having count(*) > 1) as repeated'
    )[0]) }}
{%- endmacro -%}

{#- Returns the columns that an input must have: its canonical model's, and for an input of changes when each came. -#}
{%- macro _expected_columns(declared) -%}
    {%- set canonical = (graph.nodes.values() | selectattr('name', 'equalto', declared.canonical)
        | selectattr('resource_type', 'equalto', 'model') | first) -%}
    {%- set columns = [] -%}
    {%- for column in canonical.columns.values() -%}
        {%- do columns.append({'name': column.name, 'data_type': shared_macros._declared_type(column.data_type)}) -%}
    {%- endfor -%}
    {%- if declared.get('changes') -%}
        {%- do columns.extend([
            {'name': 'changed_at', 'data_type': 'timestamp'},
            {'name': 'change_sequence', 'data_type': 'bigint'},
            {'name': 'is_deleted', 'data_type': 'boolean'},
        ]) -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro -%}

{#- Returns where an input's model stands, for a message. -#}
{%- macro _file_of(input) -%}
    {%- set node = graph.nodes.values() | selectattr('name', 'equalto', input) | first -%}
    {{ return(node.original_file_path) }}
{%- endmacro -%}
