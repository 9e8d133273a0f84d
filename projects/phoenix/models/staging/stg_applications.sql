-- One row an underwriting application in its latest state; one whose latest change is a deletion is left out.
with changes as (

    select * from {{ ref('stg_application_changes') }}

),

-- a load may bring several changes of an application, and a late one is not the latest
numbered as (

    select
        *,
        row_number() over (partition by application_id order by changed_at desc, change_sequence desc) as changes_back
    from changes

),

final as (

    select
        application_id,
        user_id,
        product,
        status,
        quoted_at,
        submitted_at,
        decided_at,
        bound_at,
        annual_premium,
        currency,
        country
    from numbered
    where changes_back = 1 and not is_deleted

)

select * from final
