-- One row an underwriting application in its latest state; one whose latest change is a deletion is left out.
with changes as (

    select * from {{ source('underwriting', 'application_changes') }}

),

-- a load may bring several changes of an application, and a late one is not the latest
numbered as (

    select
        *,
        row_number() over (
            partition by application_number order by changed_at desc, load_id desc, change_sequence desc
        ) as changes_back
    from changes

),

latest_states as (

    select * from numbered
    where changes_back = 1 and operation <> 'D'

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
        {{ shared_macros.not_provided('varchar(16)') }} as country
    from latest_states

)

select * from final
