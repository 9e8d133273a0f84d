{#- For `dbt run-operation replay`. Native snapshots are stamped by the clock of their build: nothing replays them. -#}
{%- macro replay(strict=true) -%}
    {%- set histories = shared_macros._histories() -%}
    {%- if not histories -%}
        {%- do exceptions.raise_compiler_error(
            'replay: region ' ~ project_name ~ ': nothing is archived yet, build the region first'
        ) -%}
    {%- endif -%}
    {%- set schema = shared_macros._replay_schema() -%}
    {%- set lock = shared_macros.writer_lock(shared_macros._relation_of('load_manifest')) -%}
    {%- set new_schema = ['drop schema if exists ' ~ schema ~ ' cascade', 'create schema ' ~ schema] -%}
    {%- for sql in ['begin', shared_macros.use_utc(), lock, shared_macros.writer_lock_check()] + new_schema
        + [shared_macros._replay_report(schema)] if sql | trim -%}
        {%- do shared_macros._send(sql) -%}
    {%- endfor -%}
    {%- for history in histories -%}
        {%- set replayed = api.Relation.create(schema=schema, identifier=history.node.alias) -%}
        {%- set query = shared_macros._history_of(history.node, history.archive, history.key, none) -%}
        {%- do shared_macros._send('create table ' ~ replayed ~ ' as\n' ~ query) -%}
        {%- set live = history.live or '(select * from ' ~ replayed ~ ' where 1 = 0) as nothing' -%}
        {%- do shared_macros._send(
            'insert into ' ~ schema ~ '.replay_report\nselect * from (\n'
            ~ shared_macros._replay_differences(history.node, history.key, live, replayed) ~ '\n) as report'
        ) -%}
    {%- endfor -%}
    {%- do shared_macros._send('commit') -%}
    {%- do shared_macros._tell_differences(schema, strict) -%}
{%- endmacro -%}

{#- Returns the schema that a replay makes anew each time. -#}
{%- macro _replay_schema() -%}
    {{ return(generate_schema_name('replay', none)) }}
{%- endmacro -%}

{#- Returns the histories whose archive the warehouse holds, each a dict (node, key, archive, live), by name: the models
    that call `history`. Each reads one model that calls `archive`. `live` is none where the history is missing. -#}
{%- macro _histories() -%}
    {%- set histories = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and 'macro.shared_macros.history' in node.depends_on.macros -%}
        {%- set archives = [] -%}
        {%- for parent in node.depends_on.nodes if parent in graph.nodes -%}
            {%- if 'macro.shared_macros.archive' in graph.nodes[parent].depends_on.macros -%}
                {%- do archives.append(graph.nodes[parent]) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if archives | length != 1 -%}
            {%- do exceptions.raise_compiler_error(
                'replay: ' ~ node.name ~ ': expected a ref to one model that calls shared_macros.archive, seen '
                ~ archives | length ~ '; let the history read its archive by ref'
            ) -%}
        {%- endif -%}
        {%- set archive = shared_macros._existing_relation(archives[0]) -%}
        {%- set live = shared_macros._existing_relation(node) -%}
        {%- set key = node.config.unique_key -%}
        {%- if archive is not none -%}
            {%- do histories.append(
                {'node': node, 'key': [key] if key is string else key, 'archive': archive, 'live': live}
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(histories) }}
{%- endmacro -%}

{#- Sends one statement. In an operation dbt begins no transaction by itself. -#}
{%- macro _send(sql) -%}
    {%- call dbt.statement(auto_begin=false) -%}
        {{ sql }}
    {%- endcall -%}
{%- endmacro -%}

{#- Logs a line a history, and stops with the first difference of each that has one, if `strict`. -#}
{%- macro _tell_differences(schema, strict) -%}
    {%- set report = run_query('select * from ' ~ schema ~ '.replay_report order by history') -%}
    {%- set faults = [] -%}
    {%- for row in report.rows -%}
        {%- set counts = row.live_rows ~ ' rows live, ' ~ row.replayed_rows ~ ' replayed, ' ~ row.differences
            ~ ' different' -%}
        {%- do log(row.history ~ ': ' ~ counts, info=true) -%}
        {%- if row.differences > 0 -%}
            {%- do faults.append(
                row.history ~ ': ' ~ row.differences ~ ' rows are not what the archive gives, first ' ~ row.record_key
                ~ ' valid from ' ~ row.valid_from ~ ' known from ' ~ row.known_from ~ ': ' ~ row.column_name
                ~ ' live ' ~ row.live_value ~ ', replayed ' ~ row.replayed_value
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if faults and strict -%}
        {%- do exceptions.raise_compiler_error('replay: region ' ~ project_name ~ ': ' ~ faults | join('; ')) -%}
    {%- endif -%}
{%- endmacro -%}
