{%- macro as_of(valid_at, known_at=none, history=none) -%}
    {%- set prefix = history ~ '.' if history else '' -%}
(
    {{ prefix }}valid_from <= {{ valid_at }}
    and {{ prefix }}valid_to > {{ valid_at }}
    {%- if known_at is none %}
    and {{ prefix }}known_to = cast('9999-12-31' as timestamp)
    {%- else %}
    and {{ prefix }}known_from <= {{ known_at }}
    and {{ prefix }}known_to > {{ known_at }}
    {%- endif %}
)
{%- endmacro -%}
