-- One row a funnel, unit in it and step of it: whether and when the unit reached it, or still may.
{{ config(materialized='view') }}
{%- set funnels = shared_macros.funnels() %}
with days as (

    select * from {{ ref('agg_funnel_days') }}

),

watermarks as (

    select * from {{ ref('int_watermarks') }}

),

{% for item in funnels -%}
{%- set funnel = item.definition.funnel -%}
{{ funnel }} as (

    select * from {{ ref('fct_' ~ funnel) }}

),

{{ funnel }}_watermark as (

    select * from watermarks
    where stream_name = '{{ item.stream }}'

),

{{ funnel }}_steps as (

    {{ shared_macros.funnel_unit_steps(item.definition, funnel, 'days', funnel ~ '_watermark') }}

),

{% endfor -%}
final as (

    {% for item in funnels -%}
        select * from {{ item.definition.funnel }}_steps
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor %}

)

select * from final
