{#- For a hook. Postgres drops no column that a view reads, and a step of another name leaves one: the views that read
    the table are dropped before, by dbt, which then knows it, and made again further on in the same run. -#}
{%- macro _drop_stale_views(funnel) -%}
    {%- if execute and is_incremental() -%}
        {%- set made = shared_macros._unit_columns(shared_macros.funnel_definition(funnel)) -%}
        {%- set stored = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- if stored | reject('in', made) | list -%}
            {%- for node in graph.nodes.values()
                if model.unique_id in node.depends_on.nodes and node.config.materialized == 'view' -%}
                {%- set view = adapter.get_relation(node.database, node.schema, node.alias) -%}
                {%- if view -%}
                    {%- do adapter.drop_relation(view) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{#- Returns the names of the columns of a funnel's table of units. -#}
{%- macro _unit_columns(funnel) -%}
    {%- set names = [funnel.unit_key, 'user_id', 'unit_date', 'entered_at', 'furthest_step', 'furthest_step_number',
        'steps_taken', 'closes_at', 'batch', 'computed_by'] -%}
    {%- for part in funnel.breakdown if part.attribution != 'all' -%}
        {%- do names.append(shared_macros._segment_column(part)) -%}
    {%- endfor -%}
    {%- for step in funnel.steps -%}
        {%- do names.append(step.step ~ '_at') -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}
