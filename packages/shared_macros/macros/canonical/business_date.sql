{%- macro business_date(utc_timestamp_expression, time_zone_expression) -%}
    {{ return(adapter.dispatch('business_date', 'shared_macros')(utc_timestamp_expression, time_zone_expression)) }}
{%- endmacro -%}

{%- macro default__business_date(utc_timestamp_expression, time_zone_expression) -%}
cast(
    (cast({{ utc_timestamp_expression }} as timestamp) at time zone 'UTC')
    at time zone {{ time_zone_expression }} as date
)
{%- endmacro -%}

{#- Redshift takes a zone from a column in convert_timezone only.
    https://docs.aws.amazon.com/redshift/latest/dg/CONVERT_TIMEZONE.html -#}
{%- macro redshift__business_date(utc_timestamp_expression, time_zone_expression) -%}
cast(convert_timezone('UTC', {{ time_zone_expression }}, cast({{ utc_timestamp_expression }} as timestamp)) as date)
{%- endmacro -%}
