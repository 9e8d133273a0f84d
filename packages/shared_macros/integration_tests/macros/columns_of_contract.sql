{%- macro columns_of_contract(canonical) -%}
    {%- set columns = [] -%}
    {%- for column in graph.nodes['model.shared_macros.' ~ canonical].columns.values() -%}
        {%- do columns.append({'name': column.name, 'data_type': column.data_type}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}
