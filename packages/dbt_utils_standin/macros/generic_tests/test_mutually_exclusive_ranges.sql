{% test mutually_exclusive_ranges(
    model, lower_bound_column, upper_bound_column, partition_by=none, gaps='allowed', zero_length_range_allowed=false
) %}

{%- if gaps not in ['allowed', 'not_allowed', 'required'] -%}
    {%- do exceptions.raise_compiler_error(
        'mutually_exclusive_ranges: gaps is ' ~ gaps ~ ', must be allowed, not_allowed or required'
    ) -%}
{%- endif -%}
{%- set before_next = {'allowed': '<=', 'not_allowed': '=', 'required': '<'}[gaps] -%}
{%- set window -%}
{{ 'partition by ' ~ partition_by if partition_by }} order by {{ lower_bound_column }}, {{ upper_bound_column }}
{%- endset %}

with ranges as (

    select
        {{ partition_by ~ ' as partition_key,' if partition_by }}
        {{ lower_bound_column }} as lower_bound,
        {{ upper_bound_column }} as upper_bound,
        lead({{ lower_bound_column }}) over ({{ window }}) as next_lower_bound,
        row_number() over ({{ window }}) as range_number
    from {{ model }}

),

counted as (

    select
        *,
        case when next_lower_bound is null then 1 else 0 end as is_last
    from ranges

),

final as (

    select * from counted
    where
        lower_bound is null
        or upper_bound is null
        or not (lower_bound {{ '<=' if zero_length_range_allowed else '<' }} upper_bound)
        or (is_last = 0 and not (upper_bound {{ before_next }} next_lower_bound))

)

select * from final

{% endtest %}
