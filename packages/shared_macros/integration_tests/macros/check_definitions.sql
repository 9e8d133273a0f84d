{#- The macros that return data, not SQL: what they return is written out here. -#}
{%- macro check_definitions() -%}
    {%- set funnel = shared_macros.product_funnel() -%}
    {%- set events = graph.nodes['model.shared_macros.canonical_events'] -%}
    {%- set snapshot = graph.nodes['snapshot.shared_macros.order_snapshot'] -%}
    {%- set paths = [] -%}
    {%- for definition in [
        funnel, shared_macros.underwriting_funnel(), shared_macros.product_fulfilment_funnel(),
        dict(funnel, window={'hour': 1}), dict(funnel, order='ordered', window={'hour': 1}),
        dict(funnel, order='strict'), dict(funnel, order='ordered', open_entry=true),
    ] -%}
        {%- do paths.append(shared_macros.funnel_definition(definition).path) -%}
    {%- endfor -%}
    {%- set cases = {
        'declared_inputs': [
            shared_macros.declared_inputs() | list,
            ['stg_events', 'stg_orders', 'stg_applications', 'stg_order_changes', 'stg_application_changes'],
        ],
        'event_types': [
            shared_macros.event_types(), ['page_view', 'add_to_cart', 'checkout', 'package_shipped'],
        ],
        'product_funnel': [
            funnel.steps[:3] | map(attribute='when.event_type') | list, ['page_view', 'add_to_cart', 'checkout'],
        ],
        'product_funnel of canonical event types': [
            funnel.steps | map(attribute='when.event_type') | reject('in', shared_macros.event_types()) | list, [],
        ],
        'product_fulfilment_funnel': [
            shared_macros.product_fulfilment_funnel().steps,
            funnel.steps + [{'step': 'shipped', 'when': {'event_type': 'package_shipped'}}],
        ],
        'underwriting_funnel': [
            shared_macros.underwriting_funnel().steps | map(attribute='step') | list,
            ['quote_started', 'application_submitted', 'decision', 'bound'],
        ],
        'funnels': [
            shared_macros.funnels() | map(attribute='definition.funnel') | list,
            ['product_funnel', 'product_fulfilment_funnel', 'underwriting_funnel'],
        ],
        'event_columns': [shared_macros.event_columns(), events.columns | list],
        'application_event_columns': [
            shared_macros.application_event_columns(),
            graph.nodes['model.shared_macros.int_application_events'].columns | list,
        ],
        'funnel_definition': [paths, ['flags', 'enumerated', 'flags', 'enumerated', 'ordered', 'strict', 'enumerated']],
        'inputs_of a model': [shared_macros.inputs_of(events), ['stg_events']],
        'inputs_of a snapshot': [shared_macros.inputs_of(snapshot), ['stg_orders']],
        'input_sources': [
            shared_macros.input_sources('stg_orders') | map(attribute='name') | list, ['purchases'],
        ],
        'gate_pre_hook of every writer': [
            snapshot.config['pre-hook'][2].sql, events.config['pre-hook'][0].sql,
        ],
        'gate_limits of the package': [
            [shared_macros.gate_limits('visits').fall_share, shared_macros.gate_limits('visits').recent_loads], [0.05, 28],
        ],
        'gate_limits of the region': [
            [shared_macros.gate_limits('purchases').fall_share, shared_macros.gate_limits('purchases').recent_loads],
            [0.4, 28],
        ],
        'columns of an input of changes': [
            shared_macros._expected_columns({'canonical': 'canonical_orders', 'key': 'order_id', 'changes': true})[-4:],
            [
                {'name': 'country', 'data_type': 'varchar(16)'},
                {'name': 'changed_at', 'data_type': 'timestamp'},
                {'name': 'change_sequence', 'data_type': 'bigint'},
                {'name': 'is_deleted', 'data_type': 'boolean'},
            ],
        ],
        'declared types': [
            [
                shared_macros._declared_type('NUMERIC(12, 2)'), shared_macros._declared_type('timestamptz'),
                shared_macros._declared_type('character varying(64)'),
            ],
            ['numeric(12,2)', 'timestamp with time zone', 'varchar(64)'],
        ],
        'query of an input that is not ephemeral': [
            shared_macros._query_of_input({'extra_ctes': []}, 'canonical_orders'),
            'select * from ' ~ api.Relation.create(
                target.database, target.schema, 'canonical_orders'
            ),
        ],
        'query of an ephemeral input': [
            shared_macros._query_of_input(
                {'extra_ctes': [{'sql': ' __dbt__cte__a as (x)'}, {'sql': ' __dbt__cte__stg_a as (y)'}]}, 'stg_a'
            ),
            'with  __dbt__cte__a as (x),  __dbt__cte__stg_a as (y)\nselect * from __dbt__cte__stg_a',
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
