{%- macro check_funnel_names(definitions) -%}
    {%- set funnels = [] -%}
    {%- for definition in definitions -%}
        {%- do funnels.append({'definition': definition, 'stream': 'events'}) -%}
    {%- endfor -%}
    {%- do shared_macros._refuse_one_name_twice(funnels) -%}
{%- endmacro -%}
