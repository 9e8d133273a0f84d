{%- macro rate(numerator, denominator) -%}
cast({{ dbt_utils.safe_divide('cast(' ~ numerator ~ ' as numeric(18, 6))', denominator) }} as numeric(18, 6))
{%- endmacro -%}
