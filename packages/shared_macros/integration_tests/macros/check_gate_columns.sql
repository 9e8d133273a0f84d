{#- The same changes as in check_compare_columns, on the warehouse's own reading of a query's columns. -#}
{%- macro check_gate_columns() -%}
    {%- set checked = [] -%}
    {%- set faults = [] -%}
    {%- for input, declared in shared_macros.declared_inputs().items() if not declared.get('changes') -%}
        {%- set contract = columns_of_contract(declared.canonical) -%}
        {%- for column in contract -%}
            {%- for change in changes_of_column(contract, column) -%}
                {%- set casts = [] -%}
                {%- for changed in change.columns -%}
                    {%- set value = "'key'" if changed.name == declared.key and changed.data_type != 'boolean' else 'null' -%}
                    {%- do casts.append('cast(' ~ value ~ ' as ' ~ changed.data_type ~ ') as ' ~ changed.name) -%}
                {%- endfor -%}
                {%- set sql = 'select ' ~ casts | join(', ') -%}
                {%- set found = shared_macros._gate_staging_findings(input, sql, true).findings -%}
                {%- set seen = [] -%}
                {%- for finding in found if finding.expected != 'a key in every row' -%}
                    {%- do seen.append({
                        'column': finding.where.split('.')[1], 'expected': finding.expected, 'seen': finding.seen
                    }) -%}
                {%- endfor -%}
                {%- set case = input ~ '.' ~ column.name ~ ' ' ~ change.name -%}
                {%- do checked.append(case) -%}
                {%- if seen != change.findings -%}
                    {%- do faults.append(case ~ ': ' ~ seen | string) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if faults -%}
        {%- do exceptions.raise_compiler_error('gate: ' ~ faults | join('; ')) -%}
    {%- endif -%}
    {{ log('gate: ' ~ checked | length ~ ' combinations as expected on the warehouse', info=true) }}
{%- endmacro -%}
