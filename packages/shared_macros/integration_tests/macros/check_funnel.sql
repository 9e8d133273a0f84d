{%- macro check_funnel(definition) -%}
    {%- do shared_macros.funnel_definition(definition) -%}
{%- endmacro -%}
