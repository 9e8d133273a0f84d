-- One row a version and time at which it was held for true about itself.
with final as (

    {{ shared_macros.as_known(ref('input_versions')) }}

)

select * from final
