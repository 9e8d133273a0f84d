-- One row a version of an application and time in which we held it for true, out of the archive alone.
{{ config(**shared_macros.history_config('application_id')) }}

with final as (

    {{ shared_macros.history(ref('application_archive'), key='application_id') }}

)

select * from final
