{%- macro from_epoch_ms(expression) -%}
cast('1970-01-01 00:00:00' as timestamp) + ({{ expression }}) * interval '1 millisecond'
{%- endmacro -%}
