-- One row a publication, day and step: the figures as they were published; nothing is appended when nothing changed.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail', full_refresh=false
) }}

with figures as (

    select * from {{ ref('agg_funnel_steps') }}

),

loads_by_age as (

    select
        load_id,
        row_number() over (partition by source_table order by loaded_at desc, load_id desc) as age
    from {{ ref('load_manifest') }}

),

loads as (

    select distinct load_id from loads_by_age
    where age = 1

),

load_list as (

    select
        cast(
            coalesce({{ dbt.listagg('load_id', "','", 'order by load_id') }}, '') as varchar(4096)
        ) as load_ids
    from loads

),

published as (

    {% if is_incremental() -%}
        select * from {{ this }}
        where publication_id = (select max(publication_id) from {{ this }})
    {%- else -%}
        select
            cast(0 as bigint) as publication_id,
            cast(null as varchar(4096)) as load_ids,
            *
        from figures
        where 1 = 0
    {%- endif %}

),

newest as (

    select
        coalesce(max(publication_id), 0) as publication_id,
        max(load_ids) as load_ids,
        count(*) as figure_count
    from published

),

equal_figures as (

    select count(*) as figure_count
    from figures
    inner join published
        on
            figures.funnel = published.funnel
            and figures.session_date = published.session_date
            and figures.step_number = published.step_number
            and figures.step = published.step
            and figures.entered = published.entered
            and figures.reached = published.reached

),

figure_count as (

    select count(*) as figure_count from figures

),

-- one row when the load ids or any figure differ from the newest publication, else none
changes as (

    select
        newest.publication_id + 1 as publication_id,
        load_list.load_ids
    from newest
    cross join load_list
    cross join equal_figures
    cross join figure_count
    where
        newest.load_ids is null
        or newest.load_ids <> load_list.load_ids
        or newest.figure_count <> figure_count.figure_count
        or newest.figure_count <> equal_figures.figure_count

),

final as (

    select
        cast(changes.publication_id as bigint) as publication_id,
        cast('{{ shared_macros.run_id() }}' as varchar(128)) as run_id,
        changes.load_ids,
        {{ shared_macros.current_utc() }} as published_at,
        figures.funnel,
        figures.session_date,
        figures.step_number,
        figures.step,
        figures.entered,
        figures.reached
    from figures
    cross join changes

)

select * from final
