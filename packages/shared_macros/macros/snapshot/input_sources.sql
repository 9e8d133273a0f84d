{%- macro input_sources(input) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == input -%}
        {{ return(shared_macros._sources_of(node.unique_id)) }}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro -%}

{#- Returns the sources, as the graph has them, that a node is made of, at any distance; by name. -#}
{%- macro _sources_of(unique_id) -%}
    {%- set upstream = shared_macros._upstream_ids(unique_id) -%}
    {{ return(graph.sources.values() | selectattr('unique_id', 'in', upstream) | sort(attribute='name') | list) }}
{%- endmacro -%}

{#- Returns the unique ids of everything that a node depends on, at any distance. -#}
{%- macro _upstream_ids(unique_id) -%}
    {%- set upstream = [] -%}
    {%- if unique_id in graph.nodes -%}
        {%- for parent in graph.nodes[unique_id].depends_on.nodes -%}
            {%- do upstream.append(parent) -%}
            {%- do upstream.extend(shared_macros._upstream_ids(parent)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(upstream) }}
{%- endmacro -%}
