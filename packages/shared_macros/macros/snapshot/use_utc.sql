{%- macro use_utc() -%}
    {{ return(adapter.dispatch('use_utc', 'shared_macros')()) }}
{%- endmacro -%}

{%- macro default__use_utc() -%}
set local time zone 'UTC'
{%- endmacro -%}

{#- Redshift's getdate() is in the session's time zone, which no transaction can set for itself alone.
    https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html -#}
{%- macro redshift__use_utc() -%}
set timezone to 'UTC'
{%- endmacro -%}
