-- One row a change of an application; a deletion brings the key only.
with changes as (

    select * from {{ source('underwriting', 'application_changes') }}

),

final as (

    select
        cast(application_number as varchar(64)) as application_id,
        cast(account_id as varchar(64)) as user_id,
        cast(product as varchar(32)) as product,
        cast(status as varchar(16)) as status,
        cast(quoted_at as timestamp) as quoted_at,
        cast(submitted_at as timestamp) as submitted_at,
        cast(decided_at as timestamp) as decided_at,
        cast(bound_at as timestamp) as bound_at,
        cast(premium_usd as numeric(12, 2)) as annual_premium,
        cast('USD' as varchar(16)) as currency,
        {{ shared_macros.not_provided('varchar(16)') }} as country,
        cast(changed_at as timestamp) as changed_at,
        cast(replace(load_id, 'T', '') as bigint) * 1000000 + change_sequence as change_sequence,
        operation = 'D' as is_deleted
    from changes

)

select * from final
