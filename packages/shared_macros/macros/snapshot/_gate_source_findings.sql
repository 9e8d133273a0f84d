{#- Returns the list of findings about an input's raw tables: missing table or column, no rows, late load. -#}
{%- macro _gate_source_findings(input, load_manifest) -%}
    {%- set findings = [] -%}
    {%- set loads = shared_macros._newest_loads(load_manifest) -%}
    {%- if loads is none -%}
        {%- do findings.append({
            'where': load_manifest.identifier, 'expected': 'a table', 'seen': 'none',
            'repair': 'run the model load_manifest first', 'blocks_staging': false,
        }) -%}
    {%- endif -%}
    {%- set loads = loads or {} -%}
    {%- for source in shared_macros.input_sources(input) -%}
        {%- set relation = shared_macros._existing_relation(source) -%}
        {%- if relation is none -%}
            {%- do findings.append({
                'where': source.name, 'expected': 'table ' ~ source.schema ~ '.' ~ source.identifier, 'seen': 'none',
                'repair': 'load it', 'blocks_staging': true,
            }) -%}
        {%- else -%}
            {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
            {%- for column in source.columns.values() if column.name not in names -%}
                {%- do findings.append({
                    'where': source.name ~ '.' ~ column.name, 'expected': column.data_type, 'seen': 'no such column',
                    'repair': 'load the column or take it out of the source', 'blocks_staging': true,
                }) -%}
            {%- endfor -%}
            {%- do findings.extend(shared_macros._gate_load_findings(source, relation, loads)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro -%}

{#- Returns the findings about one existing raw table: no rows where it must have some, a late load. -#}
{%- macro _gate_load_findings(source, relation, loads) -%}
    {%- set findings = [] -%}
    {%- set never_filled = shared_macros._is_never_filled(source, relation, loads) -%}
    {%- if not never_filled and not shared_macros._has_rows(relation) -%}
        {%- do findings.append({
            'where': source.name, 'expected': 'rows', 'seen': '0 rows',
            'repair': 'load it again', 'blocks_staging': false,
        }) -%}
    {%- endif -%}
    {%- set limit = shared_macros._error_after_seconds(source) -%}
    {%- if source.name in loads and limit is not none and not never_filled -%}
        {%- set newest = loads.values() | map(attribute='loaded_at') | max -%}
        {%- set seen = loads[source.name].loaded_at -%}
        {%- if (newest - seen).total_seconds() > limit -%}
            {%- do findings.append({
                'where': source.name,
                'expected': 'a load at most ' ~ limit ~ ' s older than the newest load of the region (' ~ newest ~ ')',
                'seen': 'its newest load of ' ~ seen, 'repair': 'load it again', 'blocks_staging': false,
            }) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro -%}

{#- Returns whether an input may have no rows: every raw table of it is one that the region builds without. -#}
{%- macro _may_be_empty(input, load_manifest) -%}
    {%- set loads = shared_macros._newest_loads(load_manifest) or {} -%}
    {%- set needed = [] -%}
    {%- for source in shared_macros.input_sources(input) -%}
        {%- set relation = shared_macros._existing_relation(source) -%}
        {%- if not shared_macros._is_never_filled(source, relation, loads) -%}
            {%- do needed.append(source.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(not needed) }}
{%- endmacro -%}

{#- Returns whether a raw table is optional, and empty now as in every load: then the region builds without it. -#}
{%- macro _is_never_filled(source, relation, loads) -%}
    {%- if not source.meta.get('optional', false) or loads.get(source.name, {}).get('most_rows') -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(not shared_macros._has_rows(relation)) }}
{%- endmacro -%}

{#- Returns whether a relation has a row. -#}
{%- macro _has_rows(relation) -%}
    {{ return(shared_macros._first_row('select 1 as found from ' ~ relation ~ ' limit 1') is not none) }}
{%- endmacro -%}

{#- Returns the source's freshness.error_after in seconds, or none where it states none. -#}
{%- macro _error_after_seconds(source) -%}
    {%- set error_after = (source.freshness or {}).get('error_after') or {} -%}
    {%- if not error_after.get('count') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set period = error_after.period.value if error_after.period is not string else error_after.period -%}
    {{ return(error_after.count * {'minute': 60, 'hour': 3600, 'day': 86400}[period]) }}
{%- endmacro -%}

{#- Returns a dict: source table -> its newest load's time and the most rows it ever had; none without a manifest.
    The relation is looked up, since dbt's --empty would hand over a limited one. -#}
{%- macro _newest_loads(load_manifest) -%}
    {%- set relation = shared_macros._existing_relation(load_manifest) -%}
    {%- if relation is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- call dbt.statement('newest_loads', fetch_result=true) -%}
        select
            source_table,
            max(loaded_at) as loaded_at,
            max(row_count) as most_rows
        from {{ relation }}
        group by source_table
    {%- endcall -%}
    {%- set loads = {} -%}
    {%- for row in load_result('newest_loads').table.rows -%}
        {%- do loads.update({row[0]: {'loaded_at': row[1], 'most_rows': row[2]}}) -%}
    {%- endfor -%}
    {{ return(loads) }}
{%- endmacro -%}
