{%- macro compute_anew(funnel) -%}
    {%- set events = api.Relation.create(target.database, target.schema, 'canonical_events') -%}
    {%- do run_query('create schema if not exists answers') -%}
    {%- do save_answer('anew', shared_macros.funnel_units(shared_macros[funnel](), events)) -%}
{%- endmacro -%}
