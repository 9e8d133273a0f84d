{%- macro to_utc(expression, time_zone_expression) -%}
    {{ return(adapter.dispatch('to_utc', 'shared_macros')(expression, time_zone_expression)) }}
{%- endmacro -%}

{%- macro default__to_utc(expression, time_zone_expression) -%}
cast((cast({{ expression }} as timestamp) at time zone {{ time_zone_expression }}) at time zone 'UTC' as timestamp)
{%- endmacro -%}

{#- Redshift takes a zone from a column in convert_timezone only.
    https://docs.aws.amazon.com/redshift/latest/dg/CONVERT_TIMEZONE.html -#}
{%- macro redshift__to_utc(expression, time_zone_expression) -%}
convert_timezone({{ time_zone_expression }}, 'UTC', cast({{ expression }} as timestamp))
{%- endmacro -%}
