{#- Returns what keeps a definition from being read any further: its name, what is no list, no mapping or no period. -#}
{%- macro _faults_of_shape(definition) -%}
    {%- if definition is not mapping -%}
        {{ return(['definition: ' ~ definition ~ ' is none; allowed: a mapping with funnel and steps']) }}
    {%- endif -%}
    {%- set faults = [] -%}
    {%- set name = definition.get('funnel') -%}
    {%- if 'funnel' in definition
        and (name is not string or modules.re.fullmatch('[a-z][a-z0-9_]{0,47}', name) is none) -%}
        {%- do faults.append("funnel: '" ~ name ~ "' is no name; allowed: letters a to z, digits and _, from a letter, "
            ~ 'at most 48') -%}
    {%- endif -%}
    {%- for field in ['steps', 'exclusions', 'breakdown'] if field in definition -%}
        {%- if not shared_macros._is_list(definition[field]) or definition[field] | reject('mapping') | list -%}
            {%- do faults.append(field ~ ': ' ~ definition[field] ~ ' is no list of mappings; allowed: a list such as '
                ~ "[{'when': {'event_type': 'checkout'}, ...}]") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not shared_macros._is_list(definition.get('columns', [])) -%}
        {%- do faults.append('columns: ' ~ definition.columns ~ ' is no list; allowed: a list of column names') -%}
    {%- endif -%}
    {%- if 'settles_after' in definition and definition.settles_after is none -%}
        {%- do faults.append("settles_after: none is no period; allowed: one such as {'day': 1}, or no such field") -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro -%}

{%- macro _is_list(value) -%}
    {{ return(value is sequence and value is not string and value is not mapping) }}
{%- endmacro -%}

{#- Returns the columns of a stream that are text: a condition compares text, a segment is one. -#}
{%- macro _text_columns(columns) -%}
    {{ return(columns | reject('in', ['occurred_at', 'business_date']) | list) }}
{%- endmacro -%}

{#- Returns what is wrong with the value that a condition gives a column. -#}
{%- macro _faults_of_value(place, value) -%}
    {%- if value is mapping and (value | list not in (['not'], ['like'])) -%}
        {{ return([place ~ ': ' ~ value ~ ' says no comparison; allowed: a value, a list of values, none, '
            ~ "{'not': ...}, {'like': ...}"]) }}
    {%- elif value is mapping and 'like' in value and value['like'] is not string -%}
        {{ return([place ~ ".like: " ~ value['like'] ~ " is no pattern; allowed: a text such as 'check%'"]) }}
    {%- elif value is mapping and 'like' in value -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set listed = value['not'] if value is mapping else value -%}
    {%- set listed = listed if shared_macros._is_list(listed) else [listed] -%}
    {%- if not listed -%}
        {{ return([place ~ ': the list is empty; allowed: at least one value']) }}
    {%- endif -%}
    {%- set faults = [] -%}
    {%- for item in listed if item is not none and item is not string -%}
        {%- do faults.append(place ~ ': ' ~ item ~ " is no text; allowed: texts such as 'checkout', and none") -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro -%}
