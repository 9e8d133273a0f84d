{#- A contract test compares this list with int_application_events. -#}
{%- macro application_event_columns() -%}
    {{ return([
        'event_id', 'application_id', 'user_id', 'event_type', 'occurred_at', 'business_date', 'product', 'country',
        'currency',
    ]) }}
{%- endmacro -%}
