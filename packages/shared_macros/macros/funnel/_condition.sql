{#- Returns the SQL of a condition over canonical columns. -#}
{%- macro _condition(when) -%}
    {%- set parts = [] -%}
    {%- for column, value in when.items() -%}
        {%- if value is mapping and 'like' in value -%}
            {%- do parts.append(column ~ ' like ' ~ shared_macros._literal(value['like'])) -%}
        {%- elif value is mapping -%}
            {%- set listed = shared_macros._listed_values(value['not']) -%}
            {%- set values = listed | reject('none') | map('string') | list -%}
            {%- set differs = column ~ ' not in (' ~ shared_macros._literals(values) ~ ')' -%}
            {%- if not values -%}
                {%- do parts.append(column ~ ' is not null') -%}
            {%- elif none in listed -%}
                {%- do parts.append(differs) -%}
            {%- else -%}
                {%- do parts.append('(' ~ differs ~ ' or ' ~ column ~ ' is null)') -%}
            {%- endif -%}
        {%- else -%}
            {%- set listed = shared_macros._listed_values(value) -%}
            {%- set values = listed | reject('none') | map('string') | list -%}
            {%- set equals = column ~ (
                ' = ' ~ shared_macros._literal(values[0]) if values | length == 1
                else ' in (' ~ shared_macros._literals(values) ~ ')'
            ) if values -%}
            {%- if not values -%}
                {%- do parts.append(column ~ ' is null') -%}
            {%- elif none in listed -%}
                {%- do parts.append('(' ~ equals ~ ' or ' ~ column ~ ' is null)') -%}
            {%- else -%}
                {%- do parts.append(equals) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(parts | join(' and ')) }}
{%- endmacro -%}

{%- macro _literal(value) -%}
    {{ return(dbt.string_literal(dbt.escape_single_quotes(value))) }}
{%- endmacro -%}

{%- macro _literals(values) -%}
    {%- set found = [] -%}
    {%- for value in values -%}
        {%- do found.append(shared_macros._literal(value)) -%}
    {%- endfor -%}
    {{ return(found | join(', ')) }}
{%- endmacro -%}

{#- Returns the SQL of an event taking a step. -#}
{%- macro _takes(step) -%}
    {%- set conditions = [shared_macros._condition(step.when)] -%}
    {%- if step.filter -%}
        {%- do conditions.append(shared_macros._condition(step.filter)) -%}
    {%- endif -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro -%}

{#- Returns a time plus a period such as {'minute': 30}. -#}
{%- macro _later(at, period) -%}
    {%- for part, count in period.items() -%}
        {{ return(dbt.dateadd(part, count, at)) }}
    {%- endfor -%}
{%- endmacro -%}
