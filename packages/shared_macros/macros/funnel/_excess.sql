{#- By how many more units one side reached than if both had one rate: reached, less settled times the common rate. -#}
{%- macro _excess(reached, settled, other_reached, other_settled) -%}
(
                cast({{ reached }} as double precision) * {{ other_settled }}
                - cast({{ other_reached }} as double precision) * {{ settled }}
            ) / nullif({{ settled }} + {{ other_settled }}, 0)
{%- endmacro -%}

{#- Its variance if both sides have one rate, pooled; 0 where a side is empty or the common rate is 0 or 1. -#}
{%- macro _excess_variance(reached, settled, other_reached, other_settled) -%}
    {%- set all_settled = '(' ~ settled ~ ' + ' ~ other_settled ~ ')' -%}
    {%- set all_reached = '(' ~ reached ~ ' + ' ~ other_reached ~ ')' -%}
cast({{ settled }} as double precision) * {{ other_settled }} / nullif({{ all_settled }}, 0)
            * {{ all_reached }} / nullif({{ all_settled }}, 0)
            * ({{ all_settled }} - {{ all_reached }}) / nullif({{ all_settled }}, 0)
{%- endmacro -%}

{#- Computed in double precision, given with six decimals: the limits judge what is shown. Null without a variance. -#}
{%- macro _z(excess, variance) -%}
cast(case when {{ variance }} > 0 then {{ excess }} / sqrt({{ variance }}) end as numeric(18, 6))
{%- endmacro -%}
