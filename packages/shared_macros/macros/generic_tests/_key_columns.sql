{#- Returns a list of column names, whether one name or a list was given. -#}
{%- macro _key_columns(key) -%}
    {{ return([key] if key is string else key) }}
{%- endmacro -%}

{#- Returns a condition: one of the columns is null, which neither `=` nor `<` would say. -#}
{%- macro _any_null(columns) -%}
    {{ return('(' ~ columns | join(' is null or ') ~ ' is null)') }}
{%- endmacro -%}
