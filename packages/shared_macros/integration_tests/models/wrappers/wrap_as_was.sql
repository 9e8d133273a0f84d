-- One row a version as it is known now.
with final as (

    {{ shared_macros.as_was(ref('input_versions')) }}

)

select * from final
