{%- macro judge_changes() -%}
    {%- set days = api.Relation.create(target.database, 'raw', 'funnel_day_counts') -%}
    {%- set relation = api.Relation.create(target.database, 'answers', 'funnel_changes') -%}
    {%- do run_query(
        'create schema if not exists answers; drop table if exists ' ~ relation ~ ' cascade; create table '
        ~ relation ~ ' as ' ~ shared_macros.funnel_changes(days)
    ) -%}
{%- endmacro -%}
