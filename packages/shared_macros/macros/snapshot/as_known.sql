{#- What was held for true at a moment about that same moment: where a version's two intervals meet. -#}
{%- macro as_known(history) -%}
    select
        history.*,
        greatest(history.valid_from, history.known_from) as held_from,
        {{ dbt.dateadd('microsecond', -1, 'least(history.valid_to, history.known_to)') }} as held_until
    from {{ history }} as history
    where greatest(history.valid_from, history.known_from) < least(history.valid_to, history.known_to)
{%- endmacro -%}
