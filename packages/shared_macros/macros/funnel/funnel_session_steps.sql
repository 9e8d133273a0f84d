{%- macro funnel_session_steps(funnel, sessions) -%}
    select
        session_id,
        user_id,
        session_date,
        cast(
            case
                {%- for step in funnel.steps | reverse %}
                when first_{{ step.event_type }}_at is not null then '{{ step.step }}'
                {%- endfor %}
            end as varchar(64)
        ) as furthest_step,
        case
            {%- for step in funnel.steps | reverse %}
            when first_{{ step.event_type }}_at is not null then {{ loop.revindex }}
            {%- endfor %}
        end as furthest_step_number,
        {%- for step in funnel.steps %}
        first_{{ step.event_type }}_at as {{ step.step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ sessions }}
{%- endmacro -%}
