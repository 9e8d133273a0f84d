{#- A step is one line: its name and the condition that an event fulfils to take it. A session is over in minutes. -#}
{%- macro product_funnel() -%}
    {%- set steps = [
        {'step': 'total', 'when': {'event_type': 'page_view'}},
        {'step': 'cart', 'when': {'event_type': 'add_to_cart'}},
        {'step': 'checkout', 'when': {'event_type': 'checkout'}},
    ] -%}
    {{ return({
        'funnel': 'product_funnel',
        'unit': 'session',
        'order': 'any',
        'steps': steps,
        'settles_after': {'minute': 30},
        'breakdown': [
            {'by': 'country', 'attribution': 'first'},
            {'by': 'device', 'attribution': 'first'},
        ],
    }) }}
{%- endmacro -%}
