{% test no_gap(
    model, key, valid_from='dbt_valid_from', valid_to='dbt_valid_to', known_to=none,
    sentinel="cast('9999-12-31' as timestamp)"
) %}

{%- set keys = shared_macros._key_columns(key) -%}
{%- set judged_by = keys + ['valid_from', 'valid_to'] + (['known_to'] if known_to is not none else []) %}

with versions as (

    select
        {{ keys | join(', ') }},
        {{ valid_from }} as valid_from,
        {{ valid_to }} as valid_to
        {%- if known_to is not none %},
        {{ known_to }} as known_to
        {%- endif %}
    from {{ model }}

),

followed as (

    select
        *,
        max(valid_to) over (
            partition by {{ keys | join(', ') }}
            order by valid_from, valid_to
            rows between unbounded preceding and 1 preceding
        ) as held_until
    from versions
    where
        valid_from < valid_to and not {{ shared_macros._any_null(judged_by) }}
        {%- if known_to is not none %}
        and known_to = {{ sentinel }}
        {%- endif %}

),

final as (

    select
        {{ keys | join(', ') }},
        held_until,
        valid_from,
        valid_to
    from followed
    where held_until < valid_from
    union all
    select
        {{ keys | join(', ') }},
        null,
        valid_from,
        valid_to
    from versions
    where {{ shared_macros._any_null(judged_by) }}

)

select * from final

{% endtest %}
