{#- A model of this materialization leaves no relation: it judges its input, records the decision and reports it. Its
    pre-hook takes the writer lock. A refusal is recorded for good before it stops the build. -#}
{%- materialization gate, default -%}
    {{ dbt.run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set input = shared_macros.inputs_of(model) | first -%}
    {%- set judgement = shared_macros._judge(input, sql, shared_macros._relation_of('load_manifest')) -%}
    {%- if not flags.EMPTY -%}
        {%- do shared_macros._record_decision(judgement) -%}
    {%- endif -%}
    {%- set message = judgement.rows ~ ' rows, ' ~ judgement.raw_rows ~ ' raw rows, ' ~ judgement.raw_duplicates
        ~ ' raw duplicates' ~ shared_macros._accepted_words(judgement) -%}
    {%- call dbt.noop_statement('main', message, 'GATE', judgement.rows) -%}
        {{ sql }}
    {%- endcall -%}
    {{ dbt.run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {%- do shared_macros._refuse(judgement) -%}
    {{ return({'relations': []}) }}
{%- endmaterialization -%}

{#- Returns the end of a node's message: that its load was accepted, and why. -#}
{%- macro _accepted_words(judgement) -%}
    {%- if judgement.verdict == 'accepted' -%}
        {%- set why = judgement.reason or judgement.findings | join('; ') -%}
        {{ return(', accepted load ' ~ judgement.load_id ~ ': ' ~ why) }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro -%}
