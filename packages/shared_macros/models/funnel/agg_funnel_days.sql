-- One row a funnel, day and step: who entered, who reached it, who still may, and the honest rates of that.
{%- set funnels = shared_macros.funnels() %}
with watermarks as (

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

{{ funnel }}_days as (

    {{ shared_macros.funnel_days(item.definition, funnel, funnel ~ '_watermark') }}

),

{% endfor -%}
days as (

    {% for item in funnels -%}
        select * from {{ item.definition.funnel }}_days
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor %}

),

final as (

    {{ shared_macros.funnel_rates('days') }}

)

select * from final
