-- One row a valid-to in a case: the passing and failing cases of sentinel_type.
with ends as (

    select 'sound' as case_name, cast('9999-12-31' as timestamp) as valid_to
    union all
    select 'sound', cast('2024-05-01 10:00:00.25' as timestamp)
    union all
    select 'null', null
    union all
    select 'later', cast('9999-12-31 23:59:59' as timestamp)
    union all
    select 'shifted', cast('9999-12-30 16:00:00' as timestamp)

),

final as (

    select
        case_name,
        valid_to,
        cast(valid_to as date) as valid_to_date,
        cast(valid_to as timestamp with time zone) as valid_to_with_zone
    from ends

)

select * from final
