-- One row an application of the tests' raw tables.
with rows_of_source as (

    select * from {{ source('test', 'policies') }}

),

final as (

    select
        cast(application_id as varchar(64)) as application_id,
        {{ shared_macros.not_provided('varchar(64)', as_null=true) }} as user_id,
        {{ shared_macros.not_provided('varchar(32)') }} as product,
        cast('submitted' as varchar(16)) as status,
        cast(quoted_at as timestamp) as quoted_at,
        {{ shared_macros.not_provided('timestamp', as_null=true) }} as submitted_at,
        {{ shared_macros.not_provided('timestamp', as_null=true) }} as decided_at,
        {{ shared_macros.not_provided('timestamp', as_null=true) }} as bound_at,
        {{ shared_macros.not_provided('numeric(12,2)', as_null=true) }} as annual_premium,
        {{ shared_macros.not_provided('varchar(16)') }} as currency,
        {{ shared_macros.not_provided('varchar(16)') }} as country
    from rows_of_source

)

select * from final
