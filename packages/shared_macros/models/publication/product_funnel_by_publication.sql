-- One row a publication and day: the product funnel as each publication showed it.
{{ config(materialized='view') }}

with publications as (

    select * from {{ ref('product_funnel_publication') }}

),

moments as (

    select distinct
        publication_id,
        published_at
    from publications

),

times as (

    select
        publication_id,
        lead(published_at) over (order by publication_id) as next_published_at
    from moments

),

figures as (

    select
        publications.*,
        publications.published_at as published_from,
        coalesce(
            cast({{ dbt.dateadd('microsecond', -1, 'times.next_published_at') }} as timestamp),
            cast('9999-12-31' as timestamp)
        ) as published_until
    from publications
    inner join times on publications.publication_id = times.publication_id

),

final as (

    {{ shared_macros.product_funnel_wide('figures', by='publication_id, run_id, published_from, published_until') }}

)

select * from final
