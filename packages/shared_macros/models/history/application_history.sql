-- One row a version of an application and time in which we held it for true, out of the archive alone.
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='application_id',
    on_schema_change='append_new_columns', full_refresh=false, indexes=shared_macros.indexes(['application_id', 'batch'])
) }}

with final as (

    {{ shared_macros.history(ref('application_archive'), key='application_id') }}

)

select * from final
