-- Phoenix on Redshift: run once, as an administrator, in the database that DBT_PHOENIX_DATABASE names.
-- The two users exist before: `create user dbt_phoenix password '...'` (`password disable` where it logs in by IAM), and
-- phoenix_glue, as whom the Glue job writes.

-- No statement of dbt runs longer than an hour (milliseconds): the next hourly load would wait for it. Times are UTC.
alter user dbt_phoenix set statement_timeout to 3600000;
alter user dbt_phoenix set timezone to 'UTC';

-- What the Glue job writes, and dbt reads: also the tables that the job makes anew.
create schema raw authorization phoenix_glue;
grant usage on schema raw to dbt_phoenix;
alter default privileges for user phoenix_glue in schema raw grant select on tables to dbt_phoenix;

-- What dbt writes. The job reports each load in analytics_history.load_manifest, which dbt makes.
create schema analytics authorization dbt_phoenix;
create schema analytics_history authorization dbt_phoenix;
create schema analytics_snapshots authorization dbt_phoenix;
create schema analytics_published authorization dbt_phoenix;
grant usage on schema analytics_history to phoenix_glue;
alter default privileges for user dbt_phoenix in schema analytics_history grant insert on tables to phoenix_glue;

-- Readers see what was tested and published, nothing else. Each build makes the views anew: default privileges give
-- every new one to the group.
create group phoenix_readers;
grant usage on schema analytics_published to group phoenix_readers;
alter default privileges for user dbt_phoenix in schema analytics_published
grant select on tables to group phoenix_readers;
