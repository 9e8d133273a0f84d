{#- Named as dbt's own, which asks for it by this name in a node of this package. -#}
{%- macro snapshot_get_time() -%}
    {{ return(adapter.dispatch('snapshot_get_time', 'shared_macros')()) }}
{%- endmacro -%}

{#- Not now(), which is when the transaction began: another writer may have stamped its rows since. -#}
{%- macro default__snapshot_get_time() -%}
cast(current_setting('shared_macros.locked_at') as timestamp)
{%- endmacro -%}

{#- getdate() is the statement's time, not the transaction's.
    https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html -#}
{%- macro redshift__snapshot_get_time() -%}
getdate()
{%- endmacro -%}
