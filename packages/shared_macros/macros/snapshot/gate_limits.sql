{#- Every number of the gate stands here; units and meaning in docs/rules/load-gate.md. -#}
{%- macro gate_limits(subject) -%}
    {%- set limits = {
        'recent_loads': 28,
        'judged_from': 20,
        'fall_share': 0.05,
        'fall_times': 2,
        'load_share': 0.5,
        'load_count': 7,
        'changed_share': 0.5,
        'vanished_share': 0.1,
        'repeated_share': 0.25,
        'share_times': 4,
        'learned_at_most': 0.9,
        'kept_share': 0.01,
        'skewed_share': 0,
        'late_hours': 1,
        'first_year': 2000,
    } -%}
    {%- set of_region = var('gate_limits', {}) -%}
    {%- do shared_macros._check_gate_limits(of_region, limits) -%}
    {%- do limits.update(of_region.get(subject, {})) -%}
    {{ return(limits) }}
{%- endmacro -%}

{#- Stops where a region limits what the gate does not judge, by a name that it does not know, or not by a number. -#}
{%- macro _check_gate_limits(of_region, known) -%}
    {%- set tables = graph.sources.values() | map(attribute='name') | list -%}
    {%- set subjects = shared_macros.declared_inputs() | list + tables -%}
    {%- for subject, limits in of_region.items() -%}
        {%- if subject not in subjects -%}
            {%- do shared_macros._refuse_gate_limit(subject, 'a source table or a declared input', 'no such name') -%}
        {%- endif -%}
        {%- if limits is not mapping -%}
            {%- do shared_macros._refuse_gate_limit(subject, 'limits by name', limits | string) -%}
        {%- endif -%}
        {%- for name, value in limits.items() -%}
            {%- if name not in known -%}
                {%- do shared_macros._refuse_gate_limit(
                    subject ~ '.' ~ name, 'one of ' ~ known | join(', '), 'no such limit'
                ) -%}
            {%- elif value is not number or value is boolean or value < 0 -%}
                {%- do shared_macros._refuse_gate_limit(subject ~ '.' ~ name, 'a number from 0 on', value | string) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Stops with one line about one limit. -#}
{%- macro _refuse_gate_limit(where, expected, seen) -%}
    {%- do exceptions.raise_compiler_error(
        'gate: region ' ~ project_name ~ ': gate_limits.' ~ where ~ ': expected ' ~ expected ~ ', seen ' ~ seen
        ~ '; correct vars.gate_limits in dbt_project.yml of the region'
    ) -%}
{%- endmacro -%}
