{#- Returns a dict: findings about an input's raw tables, their rows, how many of these repeat another row of their
    table, and whether the input must have rows. One query a table. -#}
{%- macro _gate_source_findings(input, loads, repeated_share) -%}
    {%- set findings = [] -%}
    {%- set raw = namespace(rows=0, duplicates=0, needed=false) -%}
    {%- for source in shared_macros.input_sources(input) -%}
        {%- set relation = api.Relation.create(source.database, source.schema, source.identifier) -%}
        {%- set columns = shared_macros._columns_of_relation(relation) -%}
        {%- set drift = shared_macros._gate_drift_findings(source, columns) -%}
        {%- if not columns -%}
            {%- do findings.append({
                'where': source.name, 'kind': 'missing', 'expected': 'table ' ~ source.schema ~ '.' ~ source.identifier,
                'seen': 'no such table', 'repair': shared_macros._load_again(source), 'blocks_staging': true,
            }) -%}
        {%- elif drift -%}
            {%- do findings.extend(drift) -%}
        {%- else -%}
            {%- set load = loads.get(source.name, {}) -%}
            {%- set counts = shared_macros._raw_counts(source, relation, load) -%}
            {%- set never_filled = counts.rows == 0 and shared_macros._may_stay_empty(source, load) -%}
            {%- set raw.rows = raw.rows + counts.rows -%}
            {%- set raw.duplicates = raw.duplicates + counts.duplicates -%}
            {%- set raw.needed = raw.needed or not never_filled -%}
            {%- if not never_filled -%}
                {%- do findings.extend(shared_macros._gate_load_findings(source, counts, load)) -%}
                {%- do findings.extend(shared_macros._gate_order_findings(source, counts, load)) -%}
                {%- do findings.extend(
                    shared_macros._gate_repetition_findings(source, counts, load, repeated_share)
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({
        'findings': findings, 'rows': raw.rows, 'duplicates': raw.duplicates, 'may_be_empty': not raw.needed,
    }) }}
{%- endmacro -%}

{#- Returns whether a raw table is optional and had no row in any load: then the region builds without it. -#}
{%- macro _may_stay_empty(source, load) -%}
    {{ return(source.meta.get('optional', false) and not load.get('most_rows')) }}
{%- endmacro -%}

{#- Returns whether no raw table of an input has or needs a row. For an input whose raw tables another input judges. -#}
{%- macro _may_have_no_rows(input, loads) -%}
    {%- set needed = [] -%}
    {%- for source in shared_macros.input_sources(input) -%}
        {%- if not shared_macros._may_stay_empty(source, loads.get(source.name, {})) -%}
            {%- do needed.append(source.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(not needed) }}
{%- endmacro -%}

{#- Returns a dict: a raw table's rows, those that repeat another one, and those whose time lies after the load or
    before the business began. -#}
{%- macro _raw_counts(source, relation, load) -%}
    {%- set limits = shared_macros.gate_limits(source.name) -%}
    {%- set watermark = source.meta.get('watermark_field') -%}
    {%- set late = '0' -%}
    {%- set early = '0' -%}
    {%- if watermark and load.get('loaded_at') -%}
        {%- set latest = load['loaded_at'] + modules.datetime.timedelta(hours=limits.late_hours | float) -%}
        {%- set time = 'cast(' ~ watermark ~ ' as timestamp)' -%}
        {%- set late = 'sum(case when ' ~ time ~ " > cast('" ~ latest ~ "' as timestamp) then 1 else 0 end)" -%}
        {%- set early = 'sum(case when ' ~ time ~ " < cast('" ~ limits.first_year | int ~ "-01-01' as timestamp)"
            ~ ' then 1 else 0 end)' -%}
    {%- endif -%}
    {%- set row = shared_macros._first_row(
        'select count(*) as row_count, (select count(*) from (select distinct * from ' ~ relation
        ~ ') as different_rows) as distinct_count, ' ~ late ~ ' as late_count, ' ~ early ~ ' as early_count from '
        ~ relation
    ) -%}
    {{ return({
        'rows': row[0] | int, 'duplicates': (row[0] - row[1]) | int, 'late': (row[2] or 0) | int,
        'early': (row[3] or 0) | int, 'latest': latest,
    }) }}
{%- endmacro -%}

{#- Returns the repair of raw tables that a load left wrong, of one source or of several. -#}
{%- macro _load_again(sources) -%}
    {{ return('run the loader of ' ~ shared_macros._raw_names(sources) ~ ' again') }}
{%- endmacro -%}

{#- Returns the names of raw tables for a message, of one source or of several. -#}
{%- macro _raw_names(sources) -%}
    {%- set names = [] -%}
    {%- for source in ([sources] if sources.name is defined else sources) -%}
        {%- do names.append(source.schema ~ '.' ~ source.identifier) -%}
    {%- endfor -%}
    {{ return(names | join(' and ')) }}
{%- endmacro -%}
