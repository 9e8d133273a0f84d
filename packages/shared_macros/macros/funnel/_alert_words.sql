{#- Why a day cannot be judged, null where it can. `rarer`, by all settled entries: of the smaller side's entries, how
    many would reach the step, or miss it, whichever are fewer, if both sides had one rate. -#}
{%- macro _shortfall(limits) -%}
    {%- set all_settled = '(settled + settled_baseline)' -%}
    {%- set all_reached = '(reached + reached_baseline)' -%}
    {%- set rarer = 'least(settled, settled_baseline) * least(' ~ all_reached ~ ', ' ~ all_settled ~ ' - ' ~ all_reached
        ~ ')' -%}
case
                when settled is null then 'not final'
                when settled < {{ limits.settled }}
                    then 'too few: ' || cast(settled as varchar(20)) || ' settled entries, {{ limits.settled }} needed'
                when baseline_days < {{ limits.baseline_days }}
                    then
                        'too early: ' || cast(baseline_days as varchar(20))
                        || ' of {{ limits.baseline_days }} weeks to compare with'
                when settled_baseline < {{ limits.settled }}
                    then
                        'too few: ' || cast(settled_baseline as varchar(20))
                        || ' settled entries on the same weekday before, {{ limits.settled }} needed'
                when reached > settled or reached_baseline > settled_baseline
                    then 'no share: more reached the step than entered'
                when {{ rarer }} < {{ limits.rarer }} * {{ all_settled }}
                    then
                        'too one-sided: ' || cast({{ rarer }} / nullif({{ all_settled }}, 0) as varchar(20))
                        || ' entries expected to reach the step, or to miss it, {{ limits.rarer }} needed'
            end
{%- endmacro -%}

{%- macro _passes(limits) -%}
abs(z_baseline) >= {{ limits.z_one_day }} or abs(z_two_days) >= {{ limits.z_two_days }}
{%- endmacro -%}

{%- macro _reason(limits) -%}
cast(
            case
                when shortfall is not null then shortfall
                when abs(z_baseline) >= {{ limits.z_one_day }}
                    then
                        step || {{ shared_macros._movement('rate_baseline', 'rate', 'z_baseline') }}
                        || ' against the same weekday of ' || cast(baseline_days as varchar(20))
                        || ' weeks; limit {{ limits.z_one_day }}'
                when abs(z_two_days) >= {{ limits.z_two_days }}
                    then
                        step || {{ shared_macros._movement('rate_two_days_baseline', 'rate_two_days', 'z_two_days') }}
                        || ' over two days, each against the same weekday of up to {{ limits.baseline_weeks }} weeks;'
                        || ' limit {{ limits.z_two_days }}'
                else
                    'no alert: ' || {{ shared_macros._in_percent('rate') }} || ' of entries, '
                    || {{ shared_macros._in_percent('rate_baseline') }} || ' on the same weekday of '
                    || cast(baseline_days as varchar(20)) || ' weeks: z ' || {{ shared_macros._z_in_words('z_baseline') }}
                    || coalesce('; over two days z ' || {{ shared_macros._z_in_words('z_two_days') }}, '')
            end as varchar(256)
        )
{%- endmacro -%}

{%- macro _movement(before, after, z) -%}
case when {{ z }} < 0 then ' fell' else ' rose' end || ' from ' || {{ shared_macros._in_percent(before) }} || ' to '
                        || {{ shared_macros._in_percent(after) }} || ' of entries: z ' || {{ shared_macros._z_in_words(z) }}
{%- endmacro -%}

{%- macro _in_percent(share) -%}
cast(cast(100 * {{ share }} as numeric(12, 1)) as varchar(16)) || ' %'
{%- endmacro -%}

{%- macro _z_in_words(z) -%}
cast(cast({{ z }} as numeric(12, 2)) as varchar(16))
{%- endmacro -%}
