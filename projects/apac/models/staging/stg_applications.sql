-- One row an underwriting application, put together from the steps that it took.
with steps as (

    select * from {{ source('underwriting', 'application_log') }}

),

applications as (

    select
        application_key,
        max(document ->> 'customer') as user_id,
        min(case when step = 'QUOTE' then at_ms end) as quoted_ms,
        min(case when step = 'SUBMIT' then at_ms end) as submitted_ms,
        min(case when step in ('APPROVE', 'DECLINE') then at_ms end) as decided_ms,
        min(case when step = 'BIND' then at_ms end) as bound_ms,
        count(case when step = 'DECLINE' then 1 end) as declines,
        max(document ->> 'premium') as premium,
        max(document ->> 'currency') as currency,
        max(document ->> 'country') as country
    from steps
    group by application_key

),

final as (

    select
        cast(application_key as varchar(64)) as application_id,
        cast(user_id as varchar(64)) as user_id,
        {{ shared_macros.not_provided('varchar(32)') }} as product,
        cast(
            case
                when bound_ms is not null then 'bound'
                when declines > 0 then 'declined'
                when decided_ms is not null then 'approved'
                when submitted_ms is not null then 'submitted'
                else 'quote_started'
            end as varchar(16)
        ) as status,
        {{ shared_macros.from_epoch_ms('quoted_ms') }} as quoted_at,
        {{ shared_macros.from_epoch_ms('submitted_ms') }} as submitted_at,
        {{ shared_macros.from_epoch_ms('decided_ms') }} as decided_at,
        {{ shared_macros.from_epoch_ms('bound_ms') }} as bound_at,
        cast(premium as numeric(12, 2)) as annual_premium,
        cast(currency as varchar(16)) as currency,
        cast(country as varchar(16)) as country
    from applications

)

select * from final
