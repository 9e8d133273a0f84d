-- One row an application of stg_applications, as the change that made it. Empty: the unit tests of the package give the rows.
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
    where 1 = 0

)

select * from final
