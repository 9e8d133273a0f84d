{#- One row a unit, span and grouping of days: so all percentiles of a select share one order, as Redshift wants. -#}
{%- macro funnel_times(unit_steps) -%}
    {%- set spans = ['previous', 'entry'] -%}
    {%- set figures = ['mean', 'median', 'p90'] -%}
    with spans as (

        {% for span in spans -%}
        select cast('{{ span }}' as varchar(16)) as span
        {%- if not loop.last %}
        union all
        {%- endif %}
        {% endfor %}

    ),

    groupings as (

        select 1 as is_dated
        union all
        select 0 as is_dated

    ),

    measured as (

        select
            unit_steps.funnel,
            case when groupings.is_dated = 1 then unit_steps.unit_date end as unit_date,
            unit_steps.step_number,
            unit_steps.step,
            spans.span,
            cast(
                case spans.span
                    {%- for span in spans %}
                    when '{{ span }}' then unit_steps.seconds_from_{{ span }}
                    {%- endfor %}
                end as double precision
            ) as seconds
        from {{ unit_steps }} as unit_steps
        cross join spans
        cross join groupings
        where unit_steps.step_number > 1 and unit_steps.reached_at is not null

    ),

    figures as (

        select
            funnel,
            unit_date,
            step_number,
            step,
            span,
            count(*) as units,
            avg(seconds) as mean,
            percentile_cont(0.5) within group (order by seconds) as median,
            percentile_cont(0.9) within group (order by seconds) as p90
        from measured
        group by funnel, unit_date, step_number, step, span

    )

    select
        funnel,
        unit_date,
        step_number,
        step,
        max(units) as units,
        {%- for span in spans %}
        {%- set last_span = loop.last %}
        {%- for figure in figures %}
        cast(max(case when span = '{{ span }}' then {{ figure }} end) as numeric(18, 3))
            as {{ figure }}_seconds_from_{{ span }}
        {{- ',' if not (loop.last and last_span) }}
        {%- endfor %}
        {%- endfor %}
    from figures
    group by funnel, unit_date, step_number, step
{%- endmacro -%}
