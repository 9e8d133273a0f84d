{%- macro gate(input, sql, load_manifest) -%}
    {%- set findings = shared_macros._gate_source_findings(input, load_manifest) -%}
    {%- set staged = {'rows': 0} -%}
    {%- if not findings | selectattr('blocks_staging') | list -%}
        {%- set may_be_empty = shared_macros._may_be_empty(input, load_manifest) -%}
        {%- set staged = shared_macros._gate_staging_findings(input, sql, may_be_empty) -%}
        {%- do findings.extend(staged.findings) -%}
    {%- endif -%}
    {%- if findings -%}
        {%- set texts = [] -%}
        {%- for finding in findings -%}
            {%- do texts.append(
                finding.where ~ ': expected ' ~ finding.expected ~ ', seen ' ~ finding.seen ~ ', ' ~ finding.repair
            ) -%}
        {%- endfor -%}
        {%- do exceptions.raise_compiler_error('gate: region ' ~ project_name ~ ': ' ~ texts | join('; ')) -%}
    {%- endif -%}
    {{ return(staged.rows) }}
{%- endmacro -%}
