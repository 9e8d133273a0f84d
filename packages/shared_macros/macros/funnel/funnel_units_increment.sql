{#- A unit is computed anew from all its events when a load touched one of them, however long ago the others were. A row
    carries what it was computed by, so that another definition, or another engine, computes every unit anew. -#}
{%- macro funnel_units_increment(funnel, events, arrivals) -%}
    {%- set key = shared_macros.funnel_definition(funnel).unit_key -%}
    {%- set computed_by = shared_macros._computed_by(funnel) -%}
    with newest_batch as (

        select max(batch) as batch from {{ arrivals }}

    ),

    {% if is_incremental() -%}
    touched as (

        {{ shared_macros._touched_units(arrivals, key, shared_macros._written_units(this, computed_by)) }}

    ),

    {% endif -%}
    units as (

        {{ shared_macros.funnel_units(funnel, events, units='touched' if is_incremental() else none) }}

    )

    select
        units.*,
        cast(newest_batch.batch as bigint) as batch,
        cast('{{ computed_by }}' as varchar(32)) as computed_by
    from units
    cross join newest_batch
{%- endmacro -%}

{#- Returns a select: the units of which an event came, changed or went in a batch after the written one; an event that
    moved to another unit touches both. -#}
{%- macro _touched_units(arrivals, key, written) -%}
        select distinct earlier.{{ key }}
        from {{ arrivals }} as newer
        inner join {{ arrivals }} as earlier on newer.event_id = earlier.event_id
        where newer.batch > {{ written }} and earlier.{{ key }} is not null
{%- endmacro -%}

{#- Returns an md5 of definition and engine: of the SQL that they make. -#}
{%- macro _computed_by(funnel) -%}
    {{ return(local_md5(shared_macros.funnel_units(funnel, 'events'))) }}
{%- endmacro -%}

{#- Returns an expression: the batch up to which the rows of a table stand for what came. -#}
{%- macro _written_units(written, computed_by) -%}
    {{ return(adapter.dispatch('_written_units', 'shared_macros')(written, computed_by)) }}
{%- endmacro -%}

{#- A setting that a hook made: Postgres looks its value up when it plans, of a subquery's it knows nothing.
    https://www.postgresql.org/docs/current/xfunc-volatility.html -#}
{%- macro default___written_units(written, computed_by) -%}
cast(current_setting('shared_macros.written_units') as bigint)
{%- endmacro -%}

{%- macro redshift___written_units(written, computed_by) -%}
(select coalesce(max(case when computed_by = '{{ computed_by }}' then batch end), 0) from {{ written }})
{%- endmacro -%}
