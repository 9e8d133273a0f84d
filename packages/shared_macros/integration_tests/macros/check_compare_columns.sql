{#- The expectation of each change is written out here, apart from the macro under test. -#}
{%- macro check_compare_columns() -%}
    {%- set checked = [] -%}
    {%- set faults = [] -%}
    {%- for declared in shared_macros.declared_inputs().values() -%}
        {%- set contract = columns_of_contract(declared.canonical) -%}
        {%- for column in contract -%}
            {%- for change in changes_of_column(contract, column) -%}
                {%- set findings = shared_macros.compare_columns(contract, change.columns) -%}
                {%- set case = declared.canonical ~ '.' ~ column.name ~ ' ' ~ change.name -%}
                {%- do checked.append(case) -%}
                {%- if findings != change.findings -%}
                    {%- do faults.append(case ~ ': ' ~ findings | string) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if faults -%}
        {%- do exceptions.raise_compiler_error('compare_columns: ' ~ faults | join('; ')) -%}
    {%- endif -%}
    {{ log('compare_columns: ' ~ checked | length ~ ' combinations as expected', info=true) }}
{%- endmacro -%}
