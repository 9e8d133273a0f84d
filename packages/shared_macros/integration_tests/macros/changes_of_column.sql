{%- macro changes_of_column(contract, column) -%}
    {%- set none_such = 'no such column' -%}
    {%- set place = contract.index(column) -%}
    {%- set before = contract[:place] -%}
    {%- set after = contract[place + 1:] -%}
    {%- set changes = [
        {'name': 'unchanged', 'columns': contract, 'findings': []},
        {'name': 'reordered', 'columns': after + [column] + before, 'findings': []},
        {
            'name': 'dropped', 'columns': before + after,
            'findings': [{'column': column.name, 'expected': column.data_type, 'seen': none_such}],
        },
        {
            'name': 'renamed',
            'columns': before + [{'name': 'other_name', 'data_type': column.data_type}] + after,
            'findings': [
                {'column': column.name, 'expected': column.data_type, 'seen': none_such},
                {'column': 'other_name', 'expected': none_such, 'seen': column.data_type},
            ],
        },
        {
            'name': 'extra',
            'columns': before + [column, {'name': 'extra_column', 'data_type': 'integer'}] + after,
            'findings': [{'column': 'extra_column', 'expected': none_such, 'seen': 'integer'}],
        },
    ] -%}
    {%- set other_types = ['boolean'] -%}
    {%- if column.data_type.startswith('varchar') -%}
        {%- set length = column.data_type.split('(')[1].split(')')[0] | int -%}
        {%- do other_types.extend(['varchar(' ~ (length - 1) ~ ')', 'varchar(' ~ (length + 1) ~ ')', 'varchar', 'text']) -%}
        {%- do other_types.append('char(' ~ length ~ ')') -%}
    {%- elif column.data_type.startswith('numeric') -%}
        {%- do other_types.extend(['numeric(12,3)', 'numeric(13,2)', 'numeric', 'double precision']) -%}
    {%- elif column.data_type == 'timestamp' -%}
        {%- do other_types.extend(['timestamp with time zone', 'date']) -%}
    {%- endif -%}
    {%- for other_type in other_types -%}
        {%- do changes.append({
            'name': 'as ' ~ other_type,
            'columns': before + [{'name': column.name, 'data_type': other_type}] + after,
            'findings': [{'column': column.name, 'expected': column.data_type, 'seen': other_type}],
        }) -%}
    {%- endfor -%}
    {{ return(changes) }}
{%- endmacro -%}
