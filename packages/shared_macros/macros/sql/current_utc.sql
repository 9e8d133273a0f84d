{%- macro current_utc() -%}
    {{ return(adapter.dispatch('current_utc', 'shared_macros')()) }}
{%- endmacro -%}

{%- macro default__current_utc() -%}
cast(current_timestamp at time zone 'UTC' as timestamp)
{%- endmacro -%}

{#- Redshift's current_timestamp runs on the leader node only; getdate() is UTC while
    the session's time zone is, which every writer sets by its lock.
    https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html -#}
{%- macro redshift__current_utc() -%}
getdate()
{%- endmacro -%}
