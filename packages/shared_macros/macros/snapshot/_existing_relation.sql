{#- Returns the relation that a source, a node or another relation names, or none where the warehouse has none.
    It asks the warehouse: dbt's cache of a schema that no node lives in is half filled while two threads want it. -#}
{%- macro _existing_relation(named) -%}
    {%- set relation = api.Relation.create(named.database, named.schema, named.identifier or named.alias) -%}
    {{ return(relation if adapter.get_columns_in_relation(relation) else none) }}
{%- endmacro -%}
