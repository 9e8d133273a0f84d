-- One row an application, in its current state; each state has a time of its own.
with applications as (

    select * from {{ ref('stg_applications') }}

),

final as (

    select
        *,
        case status
            when 'quote_started' then quoted_at
            when 'submitted' then submitted_at
            when 'bound' then bound_at
            else decided_at
        end as changed_at,
        {{ shared_macros.not_provided('bigint') }} as change_sequence,
        cast(1 = 0 as boolean) as is_deleted
    from applications

)

select * from final
