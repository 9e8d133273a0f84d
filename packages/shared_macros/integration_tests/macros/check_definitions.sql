{#- The macros that return data, not SQL: what they return is written out here. -#}
{%- macro check_definitions() -%}
    {%- set funnel = shared_macros.product_funnel() -%}
    {%- set events = graph.nodes['model.shared_macros.canonical_events'] -%}
    {%- set snapshot = graph.nodes['snapshot.shared_macros.order_snapshot'] -%}
    {%- set cases = {
        'declared_inputs': [
            shared_macros.declared_inputs() | list, ['stg_events', 'stg_orders', 'stg_applications'],
        ],
        'event_types': [
            shared_macros.event_types(), ['page_view', 'add_to_cart', 'checkout', 'package_shipped'],
        ],
        'product_funnel': [
            funnel.steps[:3] | map(attribute='event_type') | list, ['page_view', 'add_to_cart', 'checkout'],
        ],
        'product_funnel of canonical event types': [
            funnel.steps | map(attribute='event_type') | reject('in', shared_macros.event_types()) | list, [],
        ],
        'inputs_of a model': [shared_macros.inputs_of(events), ['stg_events']],
        'inputs_of a snapshot': [shared_macros.inputs_of(snapshot), ['stg_orders']],
        'input_sources': [
            shared_macros.input_sources('stg_orders') | map(attribute='name') | list, ['purchases'],
        ],
        'gate_pre_hook of every writer': [
            snapshot.config['pre-hook'][2].sql, events.config['pre-hook'][0].sql,
        ],
        'run_id': [shared_macros.run_id(), dbt_metadata_envs.get('RUN_ID', invocation_id)],
    } -%}
    {%- set faults = [] -%}
    {%- for name, sides in cases.items() if sides[0] != sides[1] -%}
        {%- do faults.append(name ~ ': expected ' ~ sides[1] | string ~ ', seen ' ~ sides[0] | string) -%}
    {%- endfor -%}
    {%- if faults -%}
        {%- do exceptions.raise_compiler_error('definitions: ' ~ faults | join('; ')) -%}
    {%- endif -%}
    {{ log('definitions: ' ~ cases | length ~ ' cases as expected', info=true) }}
{%- endmacro -%}
