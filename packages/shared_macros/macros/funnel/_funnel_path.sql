{#- Returns which SQL answers a definition exactly: 'flags' (one aggregate), 'ordered' (settled by first and last times,
    the rest by running maxima), 'strict' (neighbours), or 'enumerated' (every attempt), which answers all. -#}
{%- macro _funnel_path(funnel) -%}
    {%- set optional = funnel.steps | selectattr('optional') | list -%}
    {%- set waits = (funnel.steps | selectattr('min_wait') | list) + (funnel.steps | selectattr('max_wait') | list) -%}
    {%- if funnel.order == 'any' and funnel.window is none -%}
        {{ return('flags') }}
    {%- elif funnel.order == 'any' or optional or waits or funnel.exclusions or funnel.open_entry
        or not shared_macros._disjoint_steps(funnel.steps) -%}
        {{ return('enumerated') }}
    {%- endif -%}
    {{ return(funnel.order) }}
{%- endmacro -%}

{#- Returns whether no event can fulfil two steps: each pair has a column of which they name different values. -#}
{%- macro _disjoint_steps(steps) -%}
    {%- for step in steps -%}
        {%- for other in steps if other.number > step.number -%}
            {%- set apart = [] -%}
            {%- for column, value in step.when.items() if column in other.when -%}
                {%- set values = shared_macros._listed_values(value) -%}
                {%- set others = shared_macros._listed_values(other.when[column]) -%}
                {%- if values and others and not values | select('in', others) | list -%}
                    {%- do apart.append(column) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- if not apart -%}
                {{ return(false) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro -%}

{#- Returns the values that a condition on a column names; none where it says `not` or `like`. -#}
{%- macro _listed_values(value) -%}
    {%- if value is mapping -%}
        {{ return([]) }}
    {%- elif shared_macros._is_list(value) -%}
        {{ return(value) }}
    {%- endif -%}
    {{ return([value]) }}
{%- endmacro -%}
