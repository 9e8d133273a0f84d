-- Phoenix on Redshift: run once, as an administrator, in the database that DBT_PHOENIX_DATABASE names.
-- The user exists before: `create user dbt_phoenix password '...'`, or `password disable` where it logs in by IAM.

-- No statement of dbt runs longer than an hour (milliseconds); the next hourly load would wait for it.
alter user dbt_phoenix set statement_timeout to 3600000;

-- What the Glue job writes, and the schemas that dbt writes.
create schema raw;
grant usage on schema raw to dbt_phoenix;
alter default privileges in schema raw grant select on tables to dbt_phoenix;
create schema analytics authorization dbt_phoenix;
create schema analytics_history authorization dbt_phoenix;
create schema analytics_snapshots authorization dbt_phoenix;
create schema analytics_published authorization dbt_phoenix;

-- Readers see what was tested and published, nothing else. Each build makes the views anew: default privileges give
-- every new one to the group.
create group phoenix_readers;
grant usage on schema analytics_published to group phoenix_readers;
alter default privileges for user dbt_phoenix in schema analytics_published
grant select on tables to group phoenix_readers;
