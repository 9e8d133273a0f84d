{#- Leave-one-out: what the rate is with a member and without. An anonymous unit is a user of its own: it counts in the
    totals, in `members` and in the concentration, and has no row. -#}
{%- macro funnel_influence(unit_steps, largest=20) -%}
    {%- set by_step = 'partition by funnel, step_number, member_kind' -%}
    with {{ shared_macros._funnel_members(unit_steps) }},

    shares as (

        select
            funnel_members.*,
            {{ shared_macros.rate('all_reached', 'all_settled_entries') }} as rate,
            {{ shared_macros.rate('(all_reached - reached)', '(all_settled_entries - settled_entries)') }}
                as rate_without,
            {%- for base in ['previous', 'entry'] %}
            {{ shared_macros.rate('drop_offs_since_' ~ base, 'all_drop_offs_since_' ~ base) }} as share_since_{{ base }},
            row_number() over ({{ by_step }} order by drop_offs_since_{{ base }} desc, member)
                as rank_since_{{ base }},
            cast(
                squares_since_{{ base }}
                / nullif(cast(all_drop_offs_since_{{ base }} as double precision) * all_drop_offs_since_{{ base }}, 0)
                as numeric(18, 6)
            ) as user_concentration_since_{{ base }},
            members > 1
            and drop_offs_since_{{ base }} >= 10
            and 2 * drop_offs_since_{{ base }} >= all_drop_offs_since_{{ base }} as owns_since_{{ base }}{{ ',' if not loop.last }}
            {%- endfor %}
        from funnel_members
        where member is not null

    ),

    ranked as (

        select
            shares.*,
            rate - rate_without as influence,
            row_number() over ({{ by_step }} order by coalesce(abs(rate - rate_without), 0) desc, member)
                as rank_by_influence,
            owns_since_previous or owns_since_entry or coalesce(abs(rate - rate_without), 0) >= 0.05
                as is_dominant
        from shares

    )

    select
        funnel,
        step_number,
        step,
        member_kind,
        cast(member as varchar(64)) as member,
        members,
        settled_entries,
        reached,
        rate,
        rate_without,
        influence,
        rank_by_influence,
        {%- for base in ['previous', 'entry'] %}
        drop_offs_since_{{ base }},
        share_since_{{ base }},
        rank_since_{{ base }},
        user_concentration_since_{{ base }},
        {%- endfor %}
        is_dominant,
        cast({{ shared_macros._influence_reason() }} as varchar(512)) as reason
    from ranked
    where
        rank_by_influence <= {{ largest }}
        or rank_since_previous <= {{ largest }}
        or rank_since_entry <= {{ largest }}
{%- endmacro -%}

{#- Returns an expression: why a member is dominant, in words; null for the others. -#}
{%- macro _influence_reason() -%}
    case
        when is_dominant then
            member_kind || ' ' || member || ' '
            || case
                {%- for base, words in {'entry': 'entry', 'previous': 'the step before'}.items() %}
                when owns_since_{{ base }} then
                    'owns '
                    || case
                        when drop_offs_since_{{ base }} = all_drop_offs_since_{{ base }} then 'all '
                        else cast(drop_offs_since_{{ base }} as varchar(20)) || ' of '
                    end
                    || cast(all_drop_offs_since_{{ base }} as varchar(20)) || ' drop-offs since {{ words }}'
                {%- endfor %}
                else
                    case when influence < 0 then 'lowers' else 'raises' end || ' the rate by '
                    || cast(cast(100 * abs(influence) as numeric(18, 1)) as varchar(20)) || ' points'
            end
            || coalesce(
                '; without this ' || member_kind || ' ' || cast(cast(100 * rate_without as numeric(18, 1)) as varchar(20))
                || ' % reach ' || step || ', with it ' || cast(cast(100 * rate as numeric(18, 1)) as varchar(20)) || ' %',
                ''
            )
    end
{%- endmacro -%}
