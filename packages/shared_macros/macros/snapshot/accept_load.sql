{#- An operation has no transaction of its own: it says begin and commit. -#}
{%- macro accept_load(load_id, reason) -%}
    {%- if not (reason | string).strip() -%}
        {%- do shared_macros._refuse_acceptance(load_id, 'a reason', 'none', 'say why the load is right') -%}
    {%- endif -%}
    {%- set manifest = shared_macros._relation_of('load_manifest') -%}
    {%- call dbt.statement(auto_begin=false) -%}
        begin;
        {{ shared_macros.writer_lock(manifest) }}
    {%- endcall -%}
    {%- set accepted = [] -%}
    {%- set refusals = [] -%}
    {%- for input, declared in shared_macros.declared_inputs().items() if not declared.get('changes') -%}
        {%- set loads = shared_macros._gate_loads(input, manifest) or {} -%}
        {%- if shared_macros._newest_load_id(loads) == load_id | string -%}
            {%- set refusal = shared_macros._refusal_of(input, load_id) -%}
            {%- if shared_macros._names_an_acceptable_kind(refusal or '') -%}
                {%- do shared_macros._record_acceptance(input, load_id, reason) -%}
                {%- do accepted.append(input ~ ': ' ~ refusal) -%}
            {%- endif -%}
            {%- do refusals.append(refusal or (input ~ ' was not refused')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not accepted -%}
        {%- do shared_macros._refuse_acceptance(
            load_id, 'the newest load of a refused input',
            refusals | join('; ') or 'no input whose newest load it is', 'take the load id that the gate names'
        ) -%}
    {%- endif -%}
    {%- call dbt.statement(auto_begin=false) -%}
        commit
    {%- endcall -%}
    {{ log('accepted load ' ~ load_id ~ ' of ' ~ project_name ~ ': ' ~ accepted | join('; '), info=true) }}
{%- endmacro -%}

{#- Returns what the gate's newest decision on an input and load found, where it refused; else none. -#}
{%- macro _refusal_of(input, load_id) -%}
    {%- set row = shared_macros._first_row(
        "select verdict, findings from " ~ shared_macros._decisions_or_none() ~ " where input = '" ~ input
        ~ "' and load_id = " ~ shared_macros._as_literal(load_id | string) ~ " order by decided_at desc limit 1"
    ) -%}
    {{ return(row['findings'] if row and row['verdict'] == 'refused' else none) }}
{%- endmacro -%}

{#- Returns whether a refusal, as it was recorded, names a kind of finding that a person may accept. -#}
{%- macro _names_an_acceptable_kind(refusal) -%}
    {%- set named = [] -%}
    {%- for kind in shared_macros._acceptable_kinds() if ': ' ~ kind ~ ': expected ' in refusal -%}
        {%- do named.append(kind) -%}
    {%- endfor -%}
    {{ return(named | length > 0) }}
{%- endmacro -%}

{#- Records that a person accepts what the newest decision on an input and load found. -#}
{%- macro _record_acceptance(input, load_id, reason) -%}
    {%- set decisions = shared_macros._relation_of('gate_decisions') -%}
    {%- call dbt.statement() -%}
        insert into {{ decisions }} (
            run_id, decided_at, input, load_id, verdict, staged_rows, known_keys, new_keys, changed_keys,
            vanished_keys, raw_rows, raw_duplicates, findings, reason
        )
        select
            '{{ shared_macros.run_id() }}', {{ shared_macros.snapshot_get_time() }}, refused.input, refused.load_id,
            'accepted', refused.staged_rows, refused.known_keys, refused.new_keys, refused.changed_keys,
            refused.vanished_keys, refused.raw_rows, refused.raw_duplicates, refused.findings,
            {{ shared_macros._as_literal(reason | string) }}
        from {{ decisions }} as refused
        where
            refused.input = '{{ input }}'
            and refused.decided_at = (
                select max(newest.decided_at) from {{ decisions }} as newest where newest.input = '{{ input }}'
            )
    {%- endcall -%}
{%- endmacro -%}

{#- Stops with one line about a request that cannot be met. -#}
{%- macro _refuse_acceptance(load_id, expected, seen, repair) -%}
    {%- do exceptions.raise_compiler_error(
        'accept: region ' ~ project_name ~ ': load ' ~ load_id ~ ': expected ' ~ expected ~ ', seen ' ~ seen ~ '; ' ~ repair
    ) -%}
{%- endmacro -%}
