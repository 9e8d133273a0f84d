{#- The only models of a region that the package reads. The columns of each stand in its canonical model's yml. -#}
{%- macro declared_inputs() -%}
    {{ return({
        'stg_events': {'canonical': 'canonical_events', 'key': 'event_id'},
        'stg_orders': {'canonical': 'canonical_orders', 'key': 'order_id'},
        'stg_applications': {'canonical': 'canonical_applications', 'key': 'application_id'},
        'stg_order_changes': {'canonical': 'canonical_orders', 'key': 'order_id', 'changes': true},
        'stg_application_changes': {'canonical': 'canonical_applications', 'key': 'application_id', 'changes': true},
    }) }}
{%- endmacro -%}
