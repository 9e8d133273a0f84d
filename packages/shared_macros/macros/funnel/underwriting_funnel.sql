{#- Waits are days: what comes later belongs to no attempt. Days are UTC, since the canonical applications carry no time
    zone. -#}
{%- macro underwriting_funnel() -%}
    {%- set steps = [
        {'step': 'quote_started', 'when': {'event_type': 'quote_started'}},
        {'step': 'application_submitted', 'when': {'event_type': 'application_submitted'}, 'max_wait': {'day': 30}},
        {'step': 'decision', 'when': {'event_type': 'decision'}, 'max_wait': {'day': 14}},
        {'step': 'bound', 'when': {'event_type': 'bound'}, 'max_wait': {'day': 30}},
    ] -%}
    {{ return({
        'funnel': 'underwriting_funnel',
        'unit': 'application',
        'order': 'ordered',
        'steps': steps,
        'time_zone': 'UTC',
        'columns': shared_macros.application_event_columns(),
        'breakdown': [
            {'by': 'country', 'attribution': 'first'},
            {'by': 'product', 'attribution': 'first'},
        ],
    }) }}
{%- endmacro -%}
