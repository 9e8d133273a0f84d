-- One row: the expressions for a column that a source never provides.
with final as (

    select
        {{ shared_macros.not_provided('varchar(16)') }} as dimension,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as id,
        {{ shared_macros.not_provided('numeric(12,2)') }} as amount,
        {{ shared_macros.not_provided('timestamp') }} as point_in_time

)

select * from final
