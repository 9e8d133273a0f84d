{%- macro not_provided(data_type, as_null=false) -%}
    {%- if data_type.lower().startswith('varchar') and not as_null -%}
cast('not provided' as {{ data_type }})
    {%- else -%}
cast(null as {{ data_type }})
    {%- endif -%}
{%- endmacro -%}
