{%- macro indexes(columns) -%}
    {{ return(adapter.dispatch('indexes', 'shared_macros')(columns)) }}
{%- endmacro -%}

{%- macro default__indexes(columns) -%}
    {%- set found = [] -%}
    {%- for column in columns -%}
        {%- do found.append({'columns': [column]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}

{#- Redshift has no indexes; sort keys stand in the region's project.
    https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html -#}
{%- macro redshift__indexes(columns) -%}
    {{ return([]) }}
{%- endmacro -%}
