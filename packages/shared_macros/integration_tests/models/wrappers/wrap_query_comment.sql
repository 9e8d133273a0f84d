-- One row: what a statement's comment holds, when a node sends it and when none does.
{%- set of_node = fromjson(shared_macros.query_comment({'unique_id': 'model.na.stg_orders'})) %}
{%- set of_none = fromjson(shared_macros.query_comment()) %}

with final as (

    select
        cast('{{ of_node | sort | join(' ') }}' as varchar(128)) as fields_of_node,
        cast('{{ of_none | sort | join(' ') }}' as varchar(128)) as fields_of_none,
        cast('{{ of_node.node_id }}' as varchar(128)) as node_id,
        '{{ of_node.run_id }}' = '{{ shared_macros.run_id() }}' as has_run_id

)

select * from final
