{#- The product funnel and what became of the order: a parcel may leave days after the visit that ordered it. -#}
{%- macro product_fulfilment_funnel() -%}
    {%- set product = shared_macros.product_funnel() -%}
    {{ return(dict(
        product,
        funnel='product_fulfilment_funnel',
        steps=product.steps + [{'step': 'shipped', 'when': {'event_type': 'package_shipped'}}],
        settles_after={'day': 7}
    )) }}
{%- endmacro -%}
