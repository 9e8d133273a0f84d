{#- The symmetric decomposition of Kitagawa (1955), "Components of a difference between two rates", Journal of the
    American Statistical Association 50 (272), 1168-1194. Its mix effect is taken against the mean of the two whole
    rates, which changes no sum, since shares add up to 1, but tells which segment's growth helped.
    Units that reached a step without having entered (order `any`) count in a rate, so that a segment may have reached
    units and no entries: they are within-segment effect, and the sum stays exact. Adding 0 makes a
    negative zero a plain one. -#}
{%- macro funnel_movements(segments, periods) -%}
    {%- set sides = ['base', 'period'] -%}
    {%- set dates = ['base_from', 'base_to', 'period_from', 'period_to'] -%}
    {%- set by_step = 'partition by funnel, ' ~ dates | join(', ') ~ ', segment_column, step_number' -%}
    with counted as (

        select
            segments.funnel,
            {%- for date in dates %}
            periods.{{ date }},
            {%- endfor %}
            segments.segment_column,
            segments.segment,
            segments.step_number,
            segments.step,
            {%- for side in sides %}
            {%- set in_period = 'segments.unit_date between periods.' ~ side ~ '_from and periods.' ~ side ~ '_to' %}
            cast(
                sum(case when {{ in_period }} then segments.entered - segments.pending else 0 end) as double precision
            ) as {{ side }}_settled_entries,
            cast(
                sum(case when {{ in_period }} then segments.reached else 0 end) as double precision
            ) as {{ side }}_reached{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ segments }} as segments
        inner join {{ periods }} as periods on segments.funnel = periods.funnel
        where
            {%- for side in sides %}
            {{ 'or ' if not loop.first }}segments.unit_date between periods.{{ side }}_from and periods.{{ side }}_to
            {%- endfor %}
        group by
            segments.funnel, periods.{{ dates | join(', periods.') }},
            segments.segment_column, segments.segment, segments.step_number, segments.step

    ),

    rates as (

        select
            counted.*,
            {%- for side in sides %}
            {%- set all_entries = 'nullif(sum(' ~ side ~ '_settled_entries) over (' ~ by_step ~ '), 0)' %}
            {{ side }}_reached / nullif({{ side }}_settled_entries, 0) as {{ side }}_rate,
            {{ side }}_settled_entries / {{ all_entries }} as {{ side }}_share,
            case when {{ side }}_settled_entries = 0 then {{ side }}_reached else 0 end / {{ all_entries }}
                as {{ side }}_without_entry,
            sum({{ side }}_reached) over ({{ by_step }}) / {{ all_entries }} as {{ side }}_step_rate
            {{- ',' if not loop.last }}
            {%- endfor %}
        from counted

    ),

    compared as (

        select
            rates.*,
            coalesce(base_rate, period_rate, 0) as rate_0,
            coalesce(period_rate, base_rate, 0) as rate_1
        from rates

    )

    select
        funnel,
        {{ dates | join(',\n        ') }},
        segment_column,
        segment,
        step_number,
        step,
        {%- for side in sides %}
        cast({{ side }}_settled_entries as bigint) as {{ side }}_settled_entries,
        cast({{ side }}_reached as bigint) as {{ side }}_reached,
        {{ side }}_share,
        {{ side }}_rate,
        {{ side }}_step_rate,
        {%- endfor %}
        period_step_rate - base_step_rate as step_rate_change,
        0 + (period_share - base_share) * ((rate_0 + rate_1) / 2 - (base_step_rate + period_step_rate) / 2)
            as mix_effect,
        (rate_1 - rate_0) * (base_share + period_share) / 2 + period_without_entry - base_without_entry
            as within_effect
    from compared
{%- endmacro -%}
