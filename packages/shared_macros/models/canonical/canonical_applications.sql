-- One row an application, in the state that was last seen; one that its source deleted is left out.
with history as (

    select * from {{ ref('application_snapshot') }}

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
    from history
    where {{ shared_macros.is_current() }}

)

select * from final
