{%- macro gate_pre_hook(load_manifest) -%}
    {%- if execute -%}
        {%- for input in shared_macros.inputs_of(model) -%}
            {%- do shared_macros.gate(input, shared_macros._query_of_input(model, input), load_manifest) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- Returns a select of an input's rows as a node reads them: from the CTEs that dbt puts before it where the input is
    ephemeral, else from the input's relation. -#}
{%- macro _query_of_input(node, input) -%}
    {%- set ctes = node.extra_ctes | map(attribute='sql') | list -%}
    {%- set name = '__dbt__cte__' ~ input -%}
    {%- for cte in ctes if cte.strip().startswith(name ~ ' ') -%}
        {{ return('with ' ~ ctes | join(', ') ~ '\nselect * from ' ~ name) }}
    {%- endfor -%}
    {%- set parent = graph.nodes.values() | selectattr('name', 'equalto', input) | first -%}
    {{ return('select * from ' ~ api.Relation.create(parent.database, parent.schema, parent.alias)) }}
{%- endmacro -%}
