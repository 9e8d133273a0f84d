{%- macro gate_pre_hook(load_manifest) -%}
    {%- if execute -%}
        {%- for input in shared_macros.inputs_of(model) -%}
            {%- do shared_macros.gate(input, model.compiled_code, load_manifest) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
