-- The few objects of Redshift that dbt-redshift or our SQL asks for and PostgreSQL lacks. Run once, as the superuser.
-- Each says what it is on Redshift; views are empty, since the stand-in has no late-binding views or external tables.
set allow_system_table_mods = on;

-- columns of views without schema binding: https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_LATE_BINDING_VIEW_COLS.html
create function pg_catalog.pg_get_late_binding_view_cols() returns setof record language sql stable as
$$ select null::name, null::name, null::name, null::varchar, null::int where false $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_COLUMNS.html
create view pg_catalog.svv_external_columns as
select
    null::text as schemaname, null::text as tablename, null::text as columnname, null::text as external_type,
    null::int as columnnum
where false;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
create view pg_catalog.svv_table_info as
select
    null::text as "schema", null::text as "table", null::text as encoded, null::text as diststyle,
    null::text as sortkey1, null::int as max_varchar, null::text as sortkey1_enc, null::int as sortkey_num,
    null::int as size, null::numeric as pct_used, null::numeric as unsorted, null::numeric as stats_off,
    null::bigint as tbl_rows, null::numeric as skew_sortkey1, null::numeric as skew_rows
where false;

grant select on pg_catalog.svv_external_columns, pg_catalog.svv_table_info to public;

-- the statement's time in the session's zone, in whole seconds: https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html
create function pg_catalog.getdate() returns timestamp language sql stable as
$$ select cast(date_trunc('second', statement_timestamp()) as timestamp) $$;

-- returns a timestamp for a date too: https://docs.aws.amazon.com/redshift/latest/dg/r_DATEADD_function.html
create function pg_catalog.dateadd(part text, amount bigint, moment timestamp) returns timestamp
language sql immutable as
$$
    select case part
        when 'quarter' then moment + (3 * amount || ' month')::interval
        else moment + (amount || ' ' || part)::interval
    end
$$;

-- counts the boundaries between two times: https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html
create function pg_catalog.datediff(part text, earlier timestamp, later timestamp) returns bigint
language sql immutable as
$$
    select case part
        when 'year' then (extract(year from later) - extract(year from earlier))::bigint
        when 'quarter' then (
            4 * (extract(year from later) - extract(year from earlier))
            + extract(quarter from later) - extract(quarter from earlier)
        )::bigint
        when 'month' then (
            12 * (extract(year from later) - extract(year from earlier))
            + extract(month from later) - extract(month from earlier)
        )::bigint
        when 'day' then (later::date - earlier::date)::bigint
        else (
            extract(epoch from date_trunc(part, later) - date_trunc(part, earlier))
            / case part when 'hour' then 3600 when 'minute' then 60 when 'second' then 1 end
        )::bigint
    end
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/CONVERT_TIMEZONE.html
create function pg_catalog.convert_timezone(source_zone text, target_zone text, moment timestamp) returns timestamp
language sql immutable as
$$ select (moment at time zone source_zone) at time zone target_zone $$;

-- listagg(...) within group (order by ...), as rewrites.py spells it for PostgreSQL:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_LISTAGG.html
create aggregate pg_catalog.redshift_listagg(text, text) (
    sfunc = string_agg_transfn, stype = internal, finalfunc = string_agg_finalfn
);
