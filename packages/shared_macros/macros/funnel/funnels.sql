{#- The funnels that have a model `fct_<funnel>` and stand in every table of figures. A new one is a new line. -#}
{%- macro funnels() -%}
    {{ return([
        {'definition': shared_macros.product_funnel(), 'stream': 'events'},
        {'definition': shared_macros.product_fulfilment_funnel(), 'stream': 'events'},
        {'definition': shared_macros.underwriting_funnel(), 'stream': 'application_events'},
    ]) }}
{%- endmacro -%}
