-- One row an application of stg_applications, as the change that made it.
with applications as (

    select * from {{ ref('stg_applications') }}

),

final as (

    select
        *,
        cast(null as timestamp) as changed_at,
        cast(null as bigint) as change_sequence,
        cast(1 = 0 as boolean) as is_deleted
    from applications

)

select * from final
