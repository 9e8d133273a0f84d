{#- Returns the relation of one of the package's own nodes, as the graph places it. -#}
{%- macro _relation_of(name) -%}
    {%- for node in graph.nodes.values() if node.name == name and node.package_name == 'shared_macros' -%}
        {{ return(api.Relation.create(node.database, node.schema, node.alias)) }}
    {%- endfor -%}
{%- endmacro -%}

{#- Returns the gate's decisions, or a subquery of none where nothing was ever decided: plain `dbt snapshot` may be the
    first to come. -#}
{%- macro _decisions_or_none() -%}
    {%- set relation = shared_macros._existing_relation(shared_macros._relation_of('gate_decisions')) -%}
    {%- if relation is none -%}
        {%- set nulls = [] -%}
        {%- set node = graph.nodes.values() | selectattr('name', 'equalto', 'gate_decisions') | first -%}
        {%- for column in node.columns.values() -%}
            {%- do nulls.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
        {%- endfor -%}
        {{ return('(select ' ~ nulls | join(', ') ~ ' where 1 = 0) as no_decisions') }}
    {%- endif -%}
    {{ return(relation | string) }}
{%- endmacro -%}

{#- Records a judgement, unless the input's newest decision says the same of the same load. A refusal that found
    something else is another one. -#}
{%- macro _record_decision(judgement) -%}
    {%- set decisions = shared_macros._relation_of('gate_decisions') -%}
    {%- set compared = judgement.compared -%}
    {%- set findings = shared_macros._as_literal(judgement.findings | join('; ')) -%}
    {%- call dbt.statement() -%}
        insert into {{ decisions }} (
            run_id, decided_at, input, load_id, verdict, staged_rows, known_keys, new_keys, changed_keys,
            vanished_keys, raw_rows, raw_duplicates, findings
        )
        select
            '{{ shared_macros.run_id() }}', {{ shared_macros.snapshot_get_time() }}, '{{ judgement.input }}',
            {{ shared_macros._as_literal(judgement.load_id) }}, '{{ judgement.verdict }}', {{ judgement.rows }},
            {{ compared.known }}, {{ compared.new }}, {{ compared.changed }}, {{ compared.vanished }},
            {{ judgement.raw_rows }}, {{ judgement.raw_duplicates }}, {{ findings }}
        where not exists (
            select 1 from {{ decisions }} as decisions
            where
                decisions.input = '{{ judgement.input }}'
                and decisions.load_id = {{ shared_macros._as_literal(judgement.load_id) }}
                and decisions.verdict = '{{ judgement.verdict }}'
                {% if judgement.verdict == 'refused' -%}
                and decisions.findings = {{ findings }}
                {%- endif %}
                and decisions.decided_at = (
                    select max(newest.decided_at) from {{ decisions }} as newest
                    where newest.input = '{{ judgement.input }}'
                )
        )
    {%- endcall -%}
{%- endmacro -%}

{#- Returns a text as a string literal of at most 4096 bytes; a backslash, an escape on Redshift, becomes a slash. -#}
{%- macro _as_literal(words) -%}
    {%- set cut = words.encode('utf-8')[:4096].decode('utf-8', 'ignore') -%}
    {{ return("'" ~ dbt.escape_single_quotes(cut.replace('\\', '/')) ~ "'") }}
{%- endmacro -%}
