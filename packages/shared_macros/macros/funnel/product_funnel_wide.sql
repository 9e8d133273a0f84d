{#- The names of this view are stable: a step added to the definition does not change it. -#}
{%- macro product_funnel_wide(daily_steps, by=none) -%}
    {%- set steps = ['total', 'cart', 'checkout'] -%}
    {%- set in_order = ('partition by ' ~ by ~ ' ' if by else '') ~ 'order by session_date' -%}
    {%- set to_date = in_order ~ ' rows between unbounded preceding and current row' -%}
    {%- set group = by ~ ', session_date' if by else 'session_date' -%}
    with days as (

        select
            {{ group }},
            {%- for step in steps %}
            cast(sum(case when step = '{{ step }}' then reached else 0 end) as bigint) as {{ step }}_sessions
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ daily_steps }}
        where funnel = 'product_funnel'
        group by {{ group }}

    ),

    to_date as (

        select
            {{ group }},
            {%- for step in steps %}
            {{ step }}_sessions,
            {%- endfor %}
            {%- for step in steps %}
            cast(sum({{ step }}_sessions) over ({{ to_date }}) as bigint) as cumulative_{{ step }}_sessions
            {{- ',' if not loop.last }}
            {%- endfor %}
        from days

    ),

    rates as (

        select
            {{ group }},
            total_sessions,
            cart_sessions,
            checkout_sessions,
            {{ shared_macros.rate('cart_sessions', 'total_sessions') }} as add_to_cart_rate,
            {{ shared_macros.rate('checkout_sessions', 'total_sessions') }} as conversion_rate,
            cumulative_total_sessions,
            cumulative_cart_sessions,
            cumulative_checkout_sessions,
            {{ shared_macros.rate('cumulative_cart_sessions', 'cumulative_total_sessions') }}
                as cumulative_add_to_cart_rate,
            {{ shared_macros.rate('cumulative_checkout_sessions', 'cumulative_total_sessions') }}
                as cumulative_conversion_rate
        from to_date

    )

    select
        {{ group }},
        total_sessions,
        cart_sessions,
        checkout_sessions,
        add_to_cart_rate,
        conversion_rate,
        cumulative_total_sessions,
        cumulative_cart_sessions,
        cumulative_checkout_sessions,
        cumulative_add_to_cart_rate,
        cumulative_conversion_rate,
        {%- for days in [1, 7] %}
        {%- for metric in ['add_to_cart_rate', 'conversion_rate'] %}
        cast(
            {{ metric }} - lag({{ metric }}, {{ days }}) over ({{ in_order }}) as numeric(18, 6)
        ) as {{ metric }}_change_{{ days }}d{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    from rates
{%- endmacro -%}
