{#- Only tables that exist are read, so that the load manifest can be made before the first load. -#}
{%- macro observed_loads() -%}
    {%- set selects = [] -%}
    {%- if execute -%}
        {%- set sources = {} -%}
        {%- for input in shared_macros._fed_inputs() -%}
            {%- for source in shared_macros.input_sources(input) -%}
                {%- do sources.update({source.name: source}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for name, source in sources | dictsort -%}
            {%- set relation = shared_macros._existing_relation(source) -%}
            {%- if relation is not none -%}
                {%- do selects.append(shared_macros._observed_load(source, relation)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if selects -%}
        {{ selects | join('\n    union all\n    ') }}
    {%- else -%}
    select
        cast(null as varchar(128)) as source_table,
        cast(null as bigint) as row_count,
        cast(null as timestamp) as watermark,
        cast(null as timestamp) as source_loaded_at
    where 1 = 0
    {%- endif -%}
{%- endmacro -%}

{#- Returns the names of the declared inputs, and of a region's own models that are archived. -#}
{%- macro _fed_inputs() -%}
    {%- set inputs = shared_macros.declared_inputs() | list -%}
    {%- for node in graph.nodes.values() if node.config.get('meta', {}).get('feed') and node.name not in inputs -%}
        {%- do inputs.append(node.name) -%}
    {%- endfor -%}
    {{ return(inputs) }}
{%- endmacro -%}

{#- Returns a select of one row: what a source table holds now. -#}
{%- macro _observed_load(source, relation) -%}
    {%- set watermark = source.meta.get('watermark_field') -%}
    {%- set loaded_at = source.meta.get('loaded_at_field') -%}
    select
        cast('{{ source.name }}' as varchar(128)) as source_table,
        cast(count(*) as bigint) as row_count,
        cast({{ 'max(' ~ watermark ~ ')' if watermark else 'null' }} as timestamp) as watermark,
        cast({{ 'max(' ~ loaded_at ~ ')' if loaded_at else 'null' }} as timestamp) as source_loaded_at
    from {{ relation }}
{%- endmacro -%}
