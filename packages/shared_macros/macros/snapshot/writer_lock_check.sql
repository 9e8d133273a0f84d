{%- macro writer_lock_check() -%}
    {{ return(adapter.dispatch('writer_lock_check', 'shared_macros')()) }}
{%- endmacro -%}

{%- macro default__writer_lock_check() -%}
do $check$
begin
    if coalesce(current_setting('shared_macros.locked_at', true), '') = '' then
        raise exception 'writer lock: lost before the first write, since the profile or a hook ended its transaction:'
            ' take autocommit out of profiles.yml, and hooks with transaction: false off this node';
    end if;
end
$check$
{%- endmacro -%}

{#- Redshift's lock leaves no trace that the transaction's own user may read.
    https://docs.aws.amazon.com/redshift/latest/dg/r_STV_LOCKS.html -#}
{%- macro redshift__writer_lock_check() -%}
{%- endmacro -%}
