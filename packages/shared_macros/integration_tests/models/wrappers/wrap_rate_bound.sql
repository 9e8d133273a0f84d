-- One row a share of counts, with both ends of its interval.
with counts as (

    select * from {{ ref('input_counts') }}

),

final as (

    select
        part,
        whole,
        {{ shared_macros.rate_bound('part', 'whole', 'low') }} as low,
        {{ shared_macros.rate_bound('part', 'whole', 'high') }} as high
    from counts

)

select * from final
