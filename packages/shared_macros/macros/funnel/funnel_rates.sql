{%- macro funnel_rates(days) -%}
    {%- set to_date = 'partition by funnel, step_number order by unit_date'
        ~ ' rows between unbounded preceding and current row' -%}
    with neighbours as (

        select
            days.*,
            lag(reached) over (partition by funnel, unit_date order by step_number) as previous_reached,
            {%- for count in ['entered', 'reached', 'pending'] %}
            cast(sum({{ count }}) over ({{ to_date }}) as bigint) as {{ count }}_to_date{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ days }} as days

    )

    select
        funnel,
        unit,
        unit_date,
        step_number,
        step,
        entered,
        reached,
        pending,
        waiting,
        is_final,
        {{ shared_macros.rate('reached', '(entered - pending)') }} as rate,
        {{ shared_macros.rate_bound('reached', 'entered', 'low') }} as rate_low,
        {{ shared_macros.rate_bound('reached + pending', 'entered', 'high') }} as rate_high,
        {{ shared_macros.rate('previous_reached - waiting - reached', '(previous_reached - waiting)') }}
            as drop_off_of_previous,
        {{ shared_macros.rate('previous_reached - waiting - reached', '(entered - pending)') }} as drop_off_of_entry,
        entered_to_date,
        reached_to_date,
        pending_to_date,
        {{ shared_macros.rate('reached_to_date', '(entered_to_date - pending_to_date)') }} as rate_to_date,
        {{ shared_macros.rate_bound('reached_to_date', 'entered_to_date', 'low') }} as rate_to_date_low,
        {{ shared_macros.rate_bound('reached_to_date + pending_to_date', 'entered_to_date', 'high') }}
            as rate_to_date_high
    from neighbours
{%- endmacro -%}
