-- One row a version of an application, with the times at which we held it for what is now.
{{ config(materialized='view') }}

with final as (

    {{ shared_macros.as_known(ref('application_history')) }}

)

select * from final
