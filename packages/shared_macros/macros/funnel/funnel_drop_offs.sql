{%- macro funnel_drop_offs(daily_steps) -%}
    with neighbours as (

        select
            funnel,
            session_date,
            step_number,
            step,
            entered,
            reached,
            lag(reached) over (partition by funnel, session_date order by step_number) as previous_reached
        from {{ daily_steps }}

    )

    select
        funnel,
        session_date,
        step_number,
        step,
        entered,
        reached,
        {{ shared_macros.rate('previous_reached - reached', 'previous_reached') }} as drop_off_of_previous,
        {{ shared_macros.rate('previous_reached - reached', 'entered') }} as drop_off_of_entry
    from neighbours
{%- endmacro -%}
