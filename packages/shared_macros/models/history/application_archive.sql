-- One row a change of an application and load that brought it first; it only grows.
-- depends_on: {{ ref('gate_application_changes') }}
{{ config(**shared_macros.archive_config('application_id')) }}

with final as (

    {{ shared_macros.archive(ref('stg_application_changes'), ref('load_manifest'), key='application_id') }}

)

select * from final
