{#- Returns the finding that the load of an input of changes was not judged yet: its raw tables are judged with the
    input of current rows, whose decision must be there, whatever was selected to run. -#}
{%- macro _undecided(input, load_manifest) -%}
    {%- set canonical = shared_macros.declared_inputs()[input].canonical -%}
    {%- set findings = [] -%}
    {%- for name, declared in shared_macros.declared_inputs().items() -%}
        {%- if declared.canonical == canonical and not declared.get('changes', false) -%}
            {%- set load_id = shared_macros._newest_load_id(shared_macros._gate_loads(name, load_manifest) or {}) -%}
            {%- set decisions = shared_macros._existing_relation(shared_macros._relation_of('gate_decisions')) -%}
            {%- set decided = decisions is not none and shared_macros._first_row(
                'select 1 from ' ~ decisions ~ " where input = '" ~ name ~ "' and load_id = '" ~ load_id
                ~ "' and verdict in ('passed', 'accepted') limit 1"
            ) is not none -%}
            {%- if not decided -%}
                {%- do findings.append({
                    'where': input, 'kind': 'not judged', 'expected': 'a passed gate of ' ~ name ~ ' for load ' ~ load_id,
                    'seen': 'none', 'repair': 'run the gate first: dbt run --select tag:gate',
                }) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro -%}
