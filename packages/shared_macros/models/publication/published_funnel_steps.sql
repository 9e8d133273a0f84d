-- One row a day and step of the newest publication.
{{ config(materialized='view', alias='agg_funnel_steps') }}

with publications as (

    select * from {{ ref('product_funnel_publication') }}

),

newest as (

    select * from publications
    where publication_id = (select max(publication_id) from publications)

),

final as (

    {{ shared_macros.funnel_drop_offs('newest') }}

)

select * from final
