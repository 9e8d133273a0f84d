-- One row an event and content that a load brought first, or a load from which the event was gone; it only grows.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns',
    full_refresh=false, indexes=shared_macros.indexes(['event_id', 'session_id', 'recorded_at'])
) }}

with final as (

    {{ shared_macros.arrivals(
        ref('stg_events'), ref('load_manifest'), key='event_id',
        content=['session_id', 'user_id', 'event_type', 'occurred_at', 'business_date'],
        compared=['page_url', 'order_id', 'product_id', 'country', 'device']
    ) }}

)

select * from final
