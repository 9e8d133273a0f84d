{#- Returns what is wrong with a definition: a list of `<field>: <what>; allowed: <values>`, empty when nothing is. -#}
{%- macro _funnel_faults(definition) -%}
    {%- set misshapen = shared_macros._faults_of_shape(definition) -%}
    {%- if misshapen -%}
        {{ return(misshapen) }}
    {%- endif -%}
    {%- set allowed = ['funnel', 'unit', 'order', 'steps', 'window', 'filter', 'exclusions', 'open_entry', 'breakdown',
        'time_zone', 'settles_after', 'columns'] -%}
    {%- set units = ['session', 'user', 'account', 'application'] -%}
    {%- set orders = ['any', 'ordered', 'strict'] -%}
    {%- set columns = definition.get('columns', shared_macros.event_columns()) -%}
    {%- set order = definition.get('order', 'any') -%}
    {%- set faults = shared_macros._faults_of_fields('', definition, allowed, ['funnel', 'steps']) -%}
    {%- if definition.get('unit', 'session') not in units -%}
        {%- do faults.append("unit: '" ~ definition.unit ~ "' is none; allowed: " ~ units | join(', ')) -%}
    {%- elif definition.get('unit', 'session') ~ '_id' not in columns -%}
        {%- do faults.append("unit: the stream has no column " ~ definition.unit ~ '_id; its columns: '
            ~ columns | join(', ')) -%}
    {%- endif -%}
    {%- if order not in orders -%}
        {%- do faults.append("order: '" ~ order ~ "' is none; allowed: " ~ orders | join(', ')) -%}
    {%- endif -%}
    {%- for field in ['window', 'settles_after'] if definition.get(field) is not none -%}
        {%- do faults.extend(shared_macros._faults_of_period(field, definition[field])) -%}
    {%- endfor -%}
    {%- do faults.extend(shared_macros._faults_of_condition('filter', definition.get('filter', {}), columns)) -%}
    {%- if definition.get('open_entry', false) is not boolean -%}
        {%- do faults.append('open_entry: ' ~ definition.open_entry ~ ' is none; allowed: true, false') -%}
    {%- elif definition.get('open_entry', false) and order == 'any' -%}
        {%- do faults.append('open_entry: needs an order, any order is open at every step; allowed orders: '
            ~ 'ordered, strict') -%}
    {%- endif -%}
    {%- if not definition.steps -%}
        {%- do faults.append('steps: a list of at least one step is needed') -%}
    {%- else -%}
        {%- do faults.extend(shared_macros._faults_of_steps(definition.steps, columns, order)) -%}
        {%- do faults.extend(shared_macros._faults_of_exclusions(definition, columns, order)) -%}
        {%- do faults.extend(shared_macros._faults_of_breakdown(definition, columns)) -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro -%}

{#- Returns faults of a mapping's names: those that are not known, those that are missing. -#}
{%- macro _faults_of_fields(place, fields, allowed, needed) -%}
    {%- set faults = [] -%}
    {%- for field in fields if field not in allowed -%}
        {%- do faults.append(place ~ field ~ ': no such field; allowed: ' ~ allowed | join(', ')) -%}
    {%- endfor -%}
    {%- for field in needed if field not in fields -%}
        {%- do faults.append(place ~ field ~ ': is missing; needed: ' ~ needed | join(', ')) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro -%}

{%- macro _faults_of_period(place, period) -%}
    {%- set parts = ['second', 'minute', 'hour', 'day'] -%}
    {%- set said = "; allowed: one of " ~ parts | join(', ') ~ " with a whole number from 0, such as {'minute': 30}" -%}
    {%- if period is not mapping or period | length != 1 or period | list | reject('in', parts) | list -%}
        {{ return([place ~ ': ' ~ period ~ ' is no period' ~ said]) }}
    {%- elif period.values() | list | reject('integer') | list -%}
        {{ return([place ~ ': ' ~ period ~ ' is no whole number' ~ said]) }}
    {%- elif period.values() | first < 0 -%}
        {{ return([place ~ ': ' ~ period ~ ' is below zero' ~ said]) }}
    {%- elif shared_macros._seconds(period) > 36500 * 86400 -%}
        {{ return([place ~ ': ' ~ period ~ ' is more than 36500 days' ~ said]) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro -%}

{%- macro _faults_of_condition(place, when, columns) -%}
    {%- if when is not mapping -%}
        {{ return([place ~ ': ' ~ when ~ " is no condition; allowed: columns with values, such as "
            ~ "{'event_type': 'checkout'}"]) }}
    {%- endif -%}
    {%- set faults = [] -%}
    {%- for column, value in when.items() -%}
        {%- if column not in columns -%}
            {%- do faults.append(place ~ ": unknown column '" ~ column ~ "'; allowed: " ~ columns | join(', ')) -%}
        {%- elif column not in shared_macros._text_columns(columns) -%}
            {%- do faults.append(place ~ ": '" ~ column ~ "' is a time; allowed: "
                ~ shared_macros._text_columns(columns) | join(', ')) -%}
        {%- endif -%}
        {%- do faults.extend(shared_macros._faults_of_value(place ~ '.' ~ column, value)) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro -%}
