-- One row a day of the newest publication: the stable view that dashboards read.
{{ config(materialized='view', alias='agg_product_funnel') }}

with publications as (

    select * from {{ ref('product_funnel_publication') }}

),

newest as (

    select * from publications
    where publication_id = (select max(publication_id) from publications)

),

final as (

    {{ shared_macros.product_funnel_wide('newest') }}

)

select * from final
