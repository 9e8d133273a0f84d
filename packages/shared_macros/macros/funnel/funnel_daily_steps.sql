{%- macro funnel_daily_steps(funnel, session_steps, days) -%}
    with counts as (

        select
            days.session_date,
            {%- for step in funnel.steps %}
            count(session_steps.{{ step.step }}_at) as {{ step.step }}_sessions{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ days }} as days
        left join {{ session_steps }} as session_steps on days.session_date = session_steps.session_date
        group by days.session_date

    )

    {% for step in funnel.steps -%}
        select
            cast('{{ funnel.funnel }}' as varchar(64)) as funnel,
            session_date,
            {{ loop.index }} as step_number,
            cast('{{ step.step }}' as varchar(64)) as step,
            {{ funnel.steps[0].step }}_sessions as entered,
            {{ step.step }}_sessions as reached
        from counts
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor -%}
{%- endmacro -%}
