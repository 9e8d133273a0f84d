{%- macro writer_lock(load_manifest) -%}
    {{ return(adapter.dispatch('writer_lock', 'shared_macros')(load_manifest)) }}
{%- endmacro -%}

{%- macro default__writer_lock(load_manifest) -%}
    {%- set seconds = env_var('DBT_WRITER_LOCK_SECONDS', '600') | int -%}
    {%- set key = shared_macros._writer_lock_key(load_manifest) -%}
set local lock_timeout = '{{ seconds }}s';
do $lock$
declare
    holder record;
begin
    perform pg_advisory_xact_lock({{ key }});
exception when lock_not_available then
    select
        activity.pid,
        activity.usename,
        activity.xact_start at time zone 'UTC' as since,
        coalesce(substring(activity.query from '"run_id": "([^"]*)"'), 'unknown') as run_id
    into holder
    from pg_locks as locks
    inner join pg_stat_activity as activity on locks.pid = activity.pid
    where
        locks.locktype = 'advisory' and locks.granted
        and (cast(locks.classid as bigint) << 32) + cast(locks.objid as bigint) = {{ key }}
    limit 1;
    raise exception 'writer lock: another run writes this region (run %, process %, user %, since % UTC),'
        ' waited {{ seconds }} s: let it end, or end it with pg_terminate_backend(%)',
        holder.run_id, holder.pid, holder.usename, holder.since, holder.pid;
end
$lock$;
set local lock_timeout = 0;
select set_config('shared_macros.locked_at', cast(clock_timestamp() at time zone 'UTC' as text), true)
{%- endmacro -%}

{#- Redshift has no advisory locks: the load manifest's own lock stands for the region. It waits for as long as the
    user's statement_timeout lets it. https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html -#}
{%- macro redshift__writer_lock(load_manifest) -%}
{{ shared_macros.use_utc() }}
    {%- set relation = shared_macros._existing_relation(load_manifest) if execute else none -%}
    {%- if relation is not none -%}
;
lock {{ relation }}
    {%- endif -%}
{%- endmacro -%}

{#- Returns the advisory lock's number: one for each region, which its load manifest names. -#}
{%- macro _writer_lock_key(load_manifest) -%}
hashtextextended('{{ load_manifest.schema }}.{{ load_manifest.identifier }}', 0)
{%- endmacro -%}
