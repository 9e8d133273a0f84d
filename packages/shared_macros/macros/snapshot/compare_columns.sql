{%- macro compare_columns(expected, actual) -%}
    {%- set seen = {} -%}
    {%- for column in actual -%}
        {%- do seen.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- set findings = [] -%}
    {%- for column in expected -%}
        {%- set type_seen = seen.pop(column.name, 'no such column') -%}
        {%- if type_seen != column.data_type -%}
            {%- do findings.append({'column': column.name, 'expected': column.data_type, 'seen': type_seen}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, data_type in seen.items() -%}
        {%- do findings.append({'column': name, 'expected': 'no such column', 'seen': data_type}) -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro -%}
