-- One row a pair of counts: the quotient as whole numbers and as decimals.
with rows_of_input as (

    select * from {{ ref('input_counts') }}

),

final as (

    select
        part,
        whole,
        {{ dbt_utils.safe_divide('part', 'whole') }} as whole_quotient,
        cast(
            {{ dbt_utils.safe_divide('cast(part as numeric(18, 6))', 'whole + 0') }} as numeric(18, 6)
        ) as decimal_quotient
    from rows_of_input

)

select * from final
