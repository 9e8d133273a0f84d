-- One row a step of an application, with all that was known of the application after it.
with steps as (

    select
        *,
        case step when 'QUOTE' then 1 when 'SUBMIT' then 2 when 'BIND' then 4 else 3 end as step_number
    from {{ source('underwriting', 'application_log') }}

),

-- a step brings only what is new: the rest is that of the steps before it
accumulated as (

    select
        application_key,
        step,
        step_number,
        at_ms,
        max(document ->> 'customer') over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as user_id,
        min(case when step = 'QUOTE' then at_ms end) over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as quoted_ms,
        min(case when step = 'SUBMIT' then at_ms end) over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as submitted_ms,
        min(case when step_number = 3 then at_ms end) over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as decided_ms,
        min(case when step = 'BIND' then at_ms end) over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as bound_ms,
        max(document ->> 'premium') over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as premium,
        max(document ->> 'currency') over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as currency,
        max(document ->> 'country') over (
            partition by application_key order by at_ms, step_number rows unbounded preceding
        ) as country
    from steps

),

final as (

    select
        cast(application_key as varchar(64)) as application_id,
        cast(user_id as varchar(64)) as user_id,
        {{ shared_macros.not_provided('varchar(32)') }} as product,
        cast(
            case step
                when 'QUOTE' then 'quote_started'
                when 'SUBMIT' then 'submitted'
                when 'APPROVE' then 'approved'
                when 'DECLINE' then 'declined'
                else 'bound'
            end as varchar(16)
        ) as status,
        {{ shared_macros.from_epoch_ms('quoted_ms') }} as quoted_at,
        {{ shared_macros.from_epoch_ms('submitted_ms') }} as submitted_at,
        {{ shared_macros.from_epoch_ms('decided_ms') }} as decided_at,
        {{ shared_macros.from_epoch_ms('bound_ms') }} as bound_at,
        cast(premium as numeric(12, 2)) as annual_premium,
        cast(currency as varchar(16)) as currency,
        cast(country as varchar(16)) as country,
        {{ shared_macros.from_epoch_ms('at_ms') }} as changed_at,
        cast(step_number as bigint) as change_sequence,
        cast(1 = 0 as boolean) as is_deleted
    from accumulated

)

select * from final
