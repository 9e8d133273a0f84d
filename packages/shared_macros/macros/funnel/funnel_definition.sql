{#- Every part of the engine reads a definition through this macro: what is not written gets its default, what is wrong
    stops the compilation. -#}
{%- macro funnel_definition(definition) -%}
    {%- set faults = shared_macros._funnel_faults(definition) -%}
    {%- if faults -%}
        {%- set name = definition.funnel if definition is mapping and 'funnel' in definition else 'without a name' -%}
        {%- do exceptions.raise_compiler_error(
            'funnel ' ~ name ~ ', ' ~ faults | join('\n  and funnel ' ~ name ~ ', ')
        ) -%}
    {%- endif -%}
    {%- set steps = [] -%}
    {%- for step in definition.steps -%}
        {%- do steps.append({
            'number': loop.index,
            'step': step.step,
            'when': step.when,
            'filter': step.get('filter', {}),
            'optional': step.get('optional', false),
            'min_wait': step.get('min_wait'),
            'max_wait': step.get('max_wait'),
        }) -%}
    {%- endfor -%}
    {%- set names = steps | map(attribute='step') | list -%}
    {%- set exclusions = [] -%}
    {%- for exclusion in definition.get('exclusions', []) -%}
        {%- do exclusions.append({
            'number': loop.index,
            'when': exclusion.when,
            'after': names.index(exclusion.get('after', names[0])) + 1,
            'before': names.index(exclusion.get('before', names[-1])) + 1,
        }) -%}
    {%- endfor -%}
    {%- set complete = {
        'funnel': definition.funnel,
        'unit': definition.get('unit', 'session'),
        'order': definition.get('order', 'any'),
        'steps': steps,
        'window': definition.get('window'),
        'filter': definition.get('filter', {}),
        'exclusions': exclusions,
        'open_entry': definition.get('open_entry', false),
        'breakdown': definition.get('breakdown', []),
        'time_zone': definition.get('time_zone'),
        'settles_after': definition.get('settles_after', {'day': 1}),
        'columns': definition.get('columns', shared_macros.event_columns()),
    } -%}
    {%- do complete.update({'unit_key': complete.unit ~ '_id', 'path': shared_macros._funnel_path(complete)}) -%}
    {{ return(complete) }}
{%- endmacro -%}
