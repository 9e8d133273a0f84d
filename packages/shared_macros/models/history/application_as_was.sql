-- One row a version of an application, as it is known now.
{{ config(materialized='view') }}

with final as (

    {{ shared_macros.as_was(ref('application_history')) }}

)

select * from final
