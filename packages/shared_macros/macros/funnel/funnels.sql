{#- The funnels that have a model `fct_<funnel>` and stand in every table of figures. A new one is a new line. -#}
{%- macro funnels() -%}
    {%- set funnels = [
        {'definition': shared_macros.product_funnel(), 'stream': 'events'},
        {'definition': shared_macros.product_fulfilment_funnel(), 'stream': 'events'},
        {'definition': shared_macros.underwriting_funnel(), 'stream': 'application_events'},
    ] -%}
    {%- do shared_macros._refuse_one_name_twice(funnels) -%}
    {{ return(funnels) }}
{%- endmacro -%}

{#- Stops the compilation where two funnels have one name: both would be one model and one CTE. -#}
{%- macro _refuse_one_name_twice(funnels) -%}
    {%- set seen = [] -%}
    {%- for item in funnels -%}
        {%- set name = item.definition.funnel -%}
        {%- if name in seen -%}
            {%- do exceptions.raise_compiler_error(
                'funnel ' ~ name ~ ', funnel: the name stands twice in the list of funnels; allowed: each once'
            ) -%}
        {%- endif -%}
        {%- do seen.append(name) -%}
    {%- endfor -%}
{%- endmacro -%}
