{#- A step is one line: its name and the event type of which any event reaches it. -#}
{%- macro product_funnel() -%}
    {%- set steps = [
        {'step': 'total', 'event_type': 'page_view'},
        {'step': 'cart', 'event_type': 'add_to_cart'},
        {'step': 'checkout', 'event_type': 'checkout'},
    ] -%}
    {{ return({'funnel': 'product_funnel', 'steps': steps}) }}
{%- endmacro -%}
