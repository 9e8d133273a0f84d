{%- macro inputs_of(node) -%}
    {%- set inputs = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set name = unique_id.split('.')[2] -%}
        {%- if name in shared_macros.declared_inputs() -%}
            {%- do inputs.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(inputs) }}
{%- endmacro -%}
