-- One row a publication and figure that it restated: what stood before, what stands now, and what came between.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail', full_refresh=false
) }}

with figures as (

    {% for figure in ['entered', 'reached'] -%}
        select
            publication_id,
            funnel,
            session_date,
            step_number,
            step,
            cast('{{ figure }}' as varchar(16)) as figure,
            {{ figure }} as session_count
        from {{ ref('product_funnel_publication') }}
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor %}

),

arrivals as (

    select * from {{ ref('event_arrivals') }}

),

published as (

    select distinct
        publication_id,
        run_id,
        load_ids,
        published_at
    from {{ ref('product_funnel_publication') }}

),

publications as (

    select
        published.publication_id,
        previous.publication_id as previous_publication_id,
        published.run_id,
        published.published_at as restated_at,
        previous.published_at as previously_published_at,
        previous.load_ids as previous_load_ids
    from published
    inner join published as previous on published.publication_id = previous.publication_id + 1
    {%- if is_incremental() %}
    where published.publication_id > (select coalesce(max(publication_id), 0) from {{ this }})
    {%- endif %}

),

first_published as (

    select
        funnel,
        session_date,
        step,
        min(publication_id) as publication_id
    from figures
    group by funnel, session_date, step

),

sides as (

    {% for side, column in [('to', 'publication_id'), ('from', 'previous_publication_id')] -%}
        select
            publication_id,
            {{ column }} as side_id,
            '{{ side }}' as side
        from publications
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor %}

),

-- a figure that is no longer published has one side only, and so has one that is published again
compared as (

    select
        sides.publication_id,
        figures.funnel,
        figures.session_date,
        figures.step,
        figures.figure,
        coalesce(
            max(case when sides.side = 'to' then figures.step_number end), max(figures.step_number)
        ) as step_number,
        max(case when sides.side = 'from' then figures.session_count end) as figure_from,
        max(case when sides.side = 'to' then figures.session_count end) as figure_to
    from sides
    inner join figures on sides.side_id = figures.publication_id
    group by sides.publication_id, figures.funnel, figures.session_date, figures.step, figures.figure

),

restated as (

    select compared.* from compared
    inner join first_published
        on
            compared.funnel = first_published.funnel
            and compared.session_date = first_published.session_date
            and compared.step = first_published.step
            and compared.publication_id > first_published.publication_id
    where coalesce(compared.figure_from, -1) <> coalesce(compared.figure_to, -1)

),

archive as (

    select min(recorded_at) as begins_at from arrivals

),

explained as (

    select publications.*
    from publications
    inner join archive on publications.previously_published_at >= archive.begins_at

),

events as (

    {{ shared_macros.restating_events('explained', 'arrivals') }}

),

causes as (

    select
        events.*,
        substring(
            {%- for kind in ['late', 'corrected', 'deleted'] %}
            case when {{ kind }}_events > 0 then ' and {{ kind }} rows' else '' end{{ ' ||' if not loop.last }}
            {%- endfor %},
            6
        ) as cause
    from events

),

final as (

    select
        restated.publication_id,
        publications.previous_publication_id,
        publications.run_id,
        publications.restated_at,
        publications.previously_published_at,
        restated.funnel,
        restated.session_date,
        restated.step_number,
        restated.step,
        restated.figure,
        restated.figure_from,
        restated.figure_to,
        coalesce(causes.load_ids, '') as load_ids,
        coalesce(causes.late_events, 0) as late_events,
        coalesce(causes.corrected_events, 0) as corrected_events,
        coalesce(causes.deleted_events, 0) as deleted_events,
        cast(
            case
                when causes.cause is not null then causes.cause
                when explained.publication_id is not null
                    then 'no new rows: the definition or a mapping changed'
                else 'unknown: event_arrivals began after the previous publication'
            end as varchar(128)
        ) as cause
    from restated
    inner join publications on restated.publication_id = publications.publication_id
    left join explained on restated.publication_id = explained.publication_id
    left join causes
        on restated.publication_id = causes.publication_id and restated.session_date = causes.session_date

)

select * from final
