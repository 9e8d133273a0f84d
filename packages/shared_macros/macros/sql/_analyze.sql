{#- For a hook. A table that was just made has no statistics, and Postgres joins it as if it had few rows: the planner
    chose nested loops of 20 seconds where a hash join takes one. Autovacuum comes later than the next model. -#}
{%- macro _analyze(relation) -%}
    {{ return(adapter.dispatch('_analyze', 'shared_macros')(relation)) }}
{%- endmacro -%}

{%- macro default___analyze(relation) -%}
analyze {{ relation }}
{%- endmacro -%}

{#- Redshift analyzes what `create table as` makes.
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html -#}
{%- macro redshift___analyze(relation) -%}
{%- endmacro -%}
