{#- One day against its baseline: the two-proportion z with pooled variance (J. L. Fleiss, Statistical Methods for Rates
    and Proportions, 2nd ed. 1981, chapter 2). Two days, each against its own weekday: W. G. Cochran's z over strata, the
    sum of the excesses by the root of the sum of their variances (Biometrics 10, 1954, 417-451). -#}
{%- macro funnel_changes(days) -%}
    {%- set limits = shared_macros._alert_limits() -%}
    {%- set in_order = 'partition by funnel, step_number order by unit_date' -%}
    {%- set of_weekday = 'partition by funnel, step_number, weekday order by unit_date' -%}
    {%- set trailing = of_weekday ~ ' rows between ' ~ limits.baseline_weeks ~ ' preceding and 1 preceding' -%}
    with settled_days as (

        select
            funnel,
            unit,
            unit_date,
            step_number,
            step,
            is_final,
            extract(dow from unit_date) as weekday,
            case when is_final then coalesce(entered, 0) - coalesce(pending, 0) end as settled,
            case when is_final then coalesce(reached, 0) end as reached
        from {{ days }} as days
        where step_number > 1

    ),

    compared as (

        select
            settled_days.*,
            {%- for count in ['settled', 'reached'] %}
            lag({{ count }}) over ({{ in_order }}) as {{ count }}_1d,
            lag({{ count }}) over ({{ of_weekday }}) as {{ count }}_7d,
            cast(coalesce(sum({{ count }}) over ({{ trailing }}), 0) as bigint) as {{ count }}_baseline,
            {%- endfor %}
            count(case when settled > 0 then 1 end) over ({{ trailing }}) as baseline_days
        from settled_days

    ),

    measured as (

        select
            compared.*,
            {{ shared_macros.rate('reached', 'settled') }} as rate,
            {%- for side in ['1d', '7d', 'baseline'] %}
            {%- set counts = ('reached', 'settled', 'reached_' ~ side, 'settled_' ~ side) %}
            {{ shared_macros.rate('reached_' ~ side, 'settled_' ~ side) }} as rate_{{ side }},
            {{ shared_macros._excess(*counts) }} as excess_{{ side }},
            {{ shared_macros._excess_variance(*counts) }} as variance_{{ side }},
            {%- endfor %}
            settled * {{ shared_macros.rate('reached_baseline', 'settled_baseline') }} as expected,
            {{ shared_macros._shortfall(limits) }} as shortfall
        from compared

    ),

    paired as (

        select
            measured.*,
            {%- for value in ['settled', 'reached', 'expected', 'excess_baseline', 'variance_baseline'] %}
            {%- set judged = 'case when shortfall is null then ' ~ value ~ ' end' %}
            {{ judged }} + lag({{ judged }}) over ({{ in_order }}) as {{ value }}_two_days{{ ',' if not loop.last }}
            {%- endfor %}
        from measured

    ),

    scored as (

        select
            paired.*,
            {{ shared_macros.rate('reached_two_days', 'settled_two_days') }} as rate_two_days,
            {{ shared_macros.rate('expected_two_days', 'settled_two_days') }} as rate_two_days_baseline,
            {{ shared_macros._z('excess_1d', 'variance_1d') }} as z_1d,
            {{ shared_macros._z('excess_7d', 'variance_7d') }} as z_7d,
            {{ shared_macros._z('excess_baseline', 'variance_baseline') }} as z_baseline,
            {{ shared_macros._z('excess_baseline_two_days', 'variance_baseline_two_days') }} as z_two_days
        from paired

    )

    select
        funnel,
        unit,
        unit_date,
        step_number,
        step,
        settled,
        reached,
        rate,
        {%- for side in ['1d', '7d', 'baseline'] %}
        rate_{{ side }},
        cast(rate - rate_{{ side }} as numeric(18, 6)) as change_{{ side }},
        z_{{ side }},
        {%- endfor %}
        baseline_days,
        settled_baseline,
        rate_two_days,
        rate_two_days_baseline,
        z_two_days,
        case when shortfall is null then true else false end as is_judged,
        case
            when shortfall is null and ({{ shared_macros._passes(limits) }}) then true
            else false
        end as is_alert,
        {{ shared_macros._reason(limits) }} as reason
    from scored
    where is_final
{%- endmacro -%}

{#- On a day and step without a change an alert comes at most once in 1,000: by the normal distribution |z| reaches 3.9
    with probability 0.00010 and 3.4 with 0.00067; at the least volumes exactly 0.00018 and 0.00078. The rate of two tests
    is at most the sum. Two days get more of it, for what lasts two days is what a small fall needs to be seen. -#}
{%- macro _alert_limits() -%}
    {{ return({
        'z_one_day': 3.9,
        'z_two_days': 3.4,
        'settled': 100,
        'rarer': 30,
        'baseline_weeks': 8,
        'baseline_days': 4,
    }) }}
{%- endmacro -%}
