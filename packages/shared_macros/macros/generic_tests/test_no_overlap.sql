{% test no_overlap(
    model, key, valid_from='dbt_valid_from', valid_to='dbt_valid_to', known_from=none, known_to=none
) %}

{%- if (known_from is none) != (known_to is none) -%}
    {%- do exceptions.raise_compiler_error('no_overlap on ' ~ model ~ ': give known_from and known_to, or neither') -%}
{%- endif -%}
{%- set keys = shared_macros._key_columns(key) -%}
{%- set times = {'valid_from': valid_from, 'valid_to': valid_to} -%}
{%- if known_from is not none -%}
    {%- do times.update({'known_from': known_from, 'known_to': known_to}) -%}
{%- endif %}

with versions as (

    select
        {{ keys | join(', ') }}
        {%- for name, column in times.items() %},
        {{ column }} as {{ name }}
        {%- endfor %}
    from {{ model }}

),

numbered as (

    select
        *,
        row_number() over (partition by {{ keys | join(', ') }} order by {{ times | join(', ') }}) as version_number
    from versions
    where
        valid_from < valid_to
        {%- if known_from is not none %}
        and known_from < known_to
        {%- endif %}

),

final as (

    select
        {%- for column in keys %}
        later.{{ column }},
        {%- endfor %}
        {%- for name in times %}
        earlier.{{ name }} as earlier_{{ name }},
        later.{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from numbered as later
    inner join numbered as earlier
        on
            {%- for column in keys %}
            later.{{ column }} = earlier.{{ column }} and
            {%- endfor %}
            {%- if known_from is none %}
            {#- When any two of a key overlap, two neighbours do. #}
            later.version_number = earlier.version_number + 1
            {%- else %}
            later.version_number > earlier.version_number
            and earlier.known_from < later.known_to and later.known_from < earlier.known_to
            {%- endif %}
            and earlier.valid_from < later.valid_to and later.valid_from < earlier.valid_to
    union all
    select
        {{ keys | join(', ') }},
        {%- for name in times %}
        null,
        {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from versions
    where {{ shared_macros._any_null(keys + (times | list)) }}

)

select * from final

{% endtest %}
