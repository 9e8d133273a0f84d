{#- CTEs that end in `funnel_members`: one row a funnel, step after the first, kind of member and member, with its
    settled units and, as `all_<count>`, those of all members; the row of a null member stands for all anonymous units.
    A unit is left out of a step while it may still take it, and where it neither entered nor came to the step or the
    one before. Segments are counted once by all columns together, then summed by each. -#}
{%- macro _funnel_members(unit_steps) -%}
    {%- set segment_columns = ['country', 'device', 'product'] -%}
    {%- set counts = ['settled_entries', 'reached', 'drop_offs_since_previous', 'drop_offs_since_entry'] -%}
    {%- set by_step = 'partition by funnel, step_number' -%}
    walked_steps as (

        select
            unit_steps.*,
            lag(reached_at) over (partition by funnel, unit_id order by step_number) as previous_reached_at
        from {{ unit_steps }} as unit_steps

    ),

    settled_steps as (

        select
            funnel,
            step_number,
            step,
            user_id,
            {{ segment_columns | join(',\n            ') }},
            case when entered then 1 else 0 end as settled_entries,
            case when reached_at is null then 0 else 1 end as reached,
            case when reached_at is null and previous_reached_at is not null then 1 else 0 end
                as drop_offs_since_previous,
            case when reached_at is null and entered then 1 else 0 end as drop_offs_since_entry
        from walked_steps
        where
            step_number > 1
            and (reached_at is not null or not is_pending)
            and (entered or reached_at is not null or previous_reached_at is not null)

    ),

    combinations as (

        select
            funnel,
            step_number,
            step,
            {{ segment_columns | join(',\n            ') }},
            {%- for count in counts %}
            sum({{ count }}) as {{ count }}{{ ',' if not loop.last }}
            {%- endfor %}
        from settled_steps
        group by funnel, step_number, step, {{ segment_columns | join(', ') }}

    ),

    counted_members as (

        select
            funnel,
            step_number,
            step,
            cast('user' as varchar(16)) as member_kind,
            user_id as member,
            case when user_id is null then count(*) else 1 end as members,
            {%- for count in counts %}
            cast(sum({{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
            {%- endfor %}
        from settled_steps
        group by funnel, step_number, step, user_id
        {%- for column in segment_columns %}
        union all
        select
            funnel,
            step_number,
            step,
            cast('{{ column }}' as varchar(16)) as member_kind,
            coalesce({{ column }}, 'unknown') as member,
            1 as members,
            {%- for count in counts %}
            cast(sum({{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
            {%- endfor %}
        from combinations
        group by funnel, step_number, step, coalesce({{ column }}, 'unknown')
        {%- endfor %}

    ),

    funnel_members as (

        select
            funnel,
            step_number,
            step,
            member_kind,
            member,
            cast(sum(members) over ({{ by_step }}, member_kind) as bigint) as members,
            {%- for count in counts %}
            {{ count }},
            cast(sum({{ count }}) over ({{ by_step }}, member_kind) as bigint) as all_{{ count }},
            {%- endfor %}
            {%- for base in ['previous', 'entry'] %}
            {%- set drop_offs = 'drop_offs_since_' ~ base %}
            sum(
                case
                    when member_kind <> 'user' then 0
                    when member is null then {{ drop_offs }}
                    else cast({{ drop_offs }} as double precision) * {{ drop_offs }}
                end
            ) over ({{ by_step }}) as squares_since_{{ base }}{{ ',' if not loop.last }}
            {%- endfor %}
        from counted_members

    )
{%- endmacro -%}
