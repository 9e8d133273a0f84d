-- One row a session in the product funnel: how far it went, when, and until when it may go further.
{{ config(**shared_macros.funnel_units_config('product_funnel')) }}

with final as (

    {{ shared_macros.funnel_units_increment(
        shared_macros.product_funnel(), ref('canonical_events'), ref('event_arrivals')
    ) }}

)

select * from final
