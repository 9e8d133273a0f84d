{#- A contract test compares this list with canonical_events. -#}
{%- macro event_columns() -%}
    {{ return([
        'event_id', 'session_id', 'user_id', 'event_type', 'occurred_at', 'business_date', 'page_url', 'order_id',
        'product_id', 'country', 'device',
    ]) }}
{%- endmacro -%}
