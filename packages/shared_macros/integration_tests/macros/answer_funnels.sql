{%- macro answer_funnels(definitions) -%}
    {%- do run_query('create schema if not exists answers') -%}
    {%- set events = api.Relation.create(target.database, 'raw', 'funnel_events') -%}
    {%- for definition in definitions -%}
        {%- set name = definition.funnel -%}
        {%- set units = api.Relation.create(target.database, 'answers', name) -%}
        {%- do save_answer(name, shared_macros.funnel_units(definition, events)) -%}
        {%- if shared_macros.funnel_definition(definition).path != 'enumerated' -%}
            {%- do save_answer(name ~ '_furthest', shared_macros.funnel_units(definition, events, furthest_only=true)) -%}
        {%- endif -%}
        {%- for part in definition.breakdown or [] if part.attribution == 'all' -%}
            {%- do save_answer(
                name ~ '_all_' ~ part.by, shared_macros.funnel_unit_segments(definition, part.by, events, units)
            ) -%}
        {%- endfor -%}
        {%- set watermark -%}
            with units as (select * from {{ units }}),
            watermark as (
                select occurred_at, max(business_date) as business_date from {{ events }}
                where occurred_at = (select max(occurred_at) from {{ events }}) group by occurred_at
            ),
            counts as ({{ shared_macros.funnel_days(definition, 'units', 'watermark') }}),
            days as ({{ shared_macros.funnel_rates('counts') }})
        {%- endset -%}
        {%- do save_answer(name ~ '_days', watermark ~ ' select * from days') -%}
        {%- do save_answer(
            name ~ '_steps',
            watermark ~ ', steps as (' ~ shared_macros.funnel_unit_steps(definition, 'units', 'days', 'watermark')
            ~ ') select * from steps'
        ) -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro save_answer(name, query) -%}
    {%- set relation = api.Relation.create(target.database, 'answers', name) -%}
    {%- do run_query('drop table if exists ' ~ relation ~ ' cascade; create table ' ~ relation ~ ' as ' ~ query) -%}
{%- endmacro -%}
