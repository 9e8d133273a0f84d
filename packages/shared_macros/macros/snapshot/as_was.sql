{%- macro as_was(history) -%}
    select
        history.*,
        {{ dbt.dateadd('microsecond', -1, 'history.valid_to') }} as valid_until
    from {{ history }} as history
    where history.known_to = cast('9999-12-31' as timestamp)
{%- endmacro -%}
