{#- dbt adds columns to a table that only grows but widens none but text, and that by writing the table anew. -#}
{%- macro widen_columns() -%}
    {%- set stored = shared_macros._existing_relation(this) if execute else none -%}
    {%- if stored is not none -%}
        {%- for column in adapter.get_columns_in_relation(stored) if column.name in model.columns -%}
            {%- set declared = (model.columns[column.name].data_type or '') | lower | replace(' ', '') -%}
            {%- set seen = shared_macros._full_type(column) | replace(' ', '') -%}
            {%- if declared and declared != seen -%}
                {%- if not shared_macros._only_wider(seen, declared) -%}
                    {%- do exceptions.raise_compiler_error(
                        'widen_columns: ' ~ model.name ~ '.' ~ column.name ~ ': stored ' ~ seen ~ ', declared ' ~ declared
                        ~ '; what is archived fits only a longer varchar or a numeric with at least as many digits on both'
                        ~ ' sides of the point: declare such a type, or a new column'
                    ) -%}
                {%- endif -%}
                {{ shared_macros._drop_views_of(model) }}
                {{ shared_macros._widen_column(stored, column.name, declared) }};
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- Returns statements that drop the project's views of a node, which hold its types fast; the run makes them anew. -#}
{%- macro _drop_views_of(node) -%}
    {%- for view in graph.nodes.values()
        if view.config.materialized == 'view' and node.unique_id in view.depends_on.nodes %}
drop view if exists {{ api.Relation.create(view.database, view.schema, view.alias) }};
    {%- endfor %}
{%- endmacro -%}

{#- Returns whether every value of one type fits another: both varchar or both numeric, with lengths. -#}
{%- macro _only_wider(seen, declared) -%}
    {%- set was = modules.re.match('(varchar|numeric)[(]([0-9]+)(?:,([0-9]+))?[)]$', seen) -%}
    {%- set becomes = modules.re.match('(varchar|numeric)[(]([0-9]+)(?:,([0-9]+))?[)]$', declared) -%}
    {%- if not was or not becomes or was.group(1) != becomes.group(1) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set scale_was = (was.group(3) or 0) | int -%}
    {%- set scale = (becomes.group(3) or 0) | int -%}
    {{ return(scale >= scale_was and (becomes.group(2) | int) - scale >= (was.group(2) | int) - scale_was) }}
{%- endmacro -%}

{%- macro _widen_column(relation, name, data_type) -%}
    {{ return(adapter.dispatch('_widen_column', 'shared_macros')(relation, name, data_type)) }}
{%- endmacro -%}

{%- macro default___widen_column(relation, name, data_type) -%}
alter table {{ relation }} alter column {{ name }} type {{ data_type }}
{%- endmacro -%}

{#- Redshift changes the length of a varchar only, and not inside a transaction, which every hook of ours is in.
    https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html -#}
{%- macro redshift___widen_column(relation, name, data_type) -%}
    {%- set statement = 'alter table ' ~ relation ~ ' alter column ' ~ name ~ ' type ' ~ data_type -%}
    {%- do exceptions.raise_compiler_error(
        'widen_columns: ' ~ relation ~ '.' ~ name ~ ' must become ' ~ data_type ~ ': '
        ~ ('run `' ~ statement ~ '` by hand' if data_type.startswith('varchar') else 'copy the table into one of that type')
        ~ ', then build again'
    ) -%}
{%- endmacro -%}
