{%- macro answer_funnel_analysis() -%}
    {%- set unit_steps = api.Relation.create(target.database, 'raw', 'funnel_unit_steps') -%}
    {%- set periods = api.Relation.create(target.database, 'raw', 'funnel_periods') -%}
    {%- set segments = api.Relation.create(target.database, 'answers', 'funnel_segments') -%}
    {%- set queries = {
        'funnel_segments': shared_macros.funnel_segments(unit_steps),
        'funnel_times': shared_macros.funnel_times(unit_steps),
        'funnel_movements': shared_macros.funnel_movements(segments, periods),
        'funnel_influence': shared_macros.funnel_influence(unit_steps),
    } -%}
    {%- do run_query('create schema if not exists answers') -%}
    {%- for name, query in queries.items() -%}
        {%- set relation = api.Relation.create(target.database, 'answers', name) -%}
        {%- do run_query('drop table if exists ' ~ relation ~ '; create table ' ~ relation ~ ' as ' ~ query) -%}
    {%- endfor -%}
{%- endmacro -%}
