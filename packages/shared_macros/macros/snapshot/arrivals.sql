{#- The load that is named is the newest of the input's source tables: it stands for all that came with it. -#}
{%- macro arrivals(staged, load_manifest, key, content, compared=[]) -%}
    {%- set columns = [key] + content -%}
    with staged as (

        select
            {{ columns | join(',\n            ') }},
            cast({{ shared_macros._fingerprint(columns + compared, 'input', model) }} as varchar(32)) as fingerprint
        from {{ staged }} as input

    ),

    newest_load as (

        {{ shared_macros._newest_load(load_manifest, model) }}

    ),

    {% if is_incremental() -%}
    recorded_by_age as (

        select
            recorded.*,
            row_number() over (partition by {{ key }} order by batch desc) as age
        from {{ this }} as recorded

    ),

    known as (

        select * from recorded_by_age
        where age = 1 and not is_deleted

    ),

    newest_batch as (

        select coalesce(max(batch), 0) as batch from {{ this }}

    ),
    {%- else -%}
    known as (

        select * from staged
        where 1 = 0

    ),

    newest_batch as (

        select 0 as batch

    ),
    {%- endif %}

    changes as (

        select
            staged.*,
            cast(1 = 0 as boolean) as is_deleted
        from staged
        left join known on staged.{{ key }} = known.{{ key }} and staged.fingerprint = known.fingerprint
        where known.{{ key }} is null
        union all
        select
            known.{{ columns | join(',\n            known.') }},
            known.fingerprint,
            cast(1 = 1 as boolean) as is_deleted
        from known
        left join staged on known.{{ key }} = staged.{{ key }}
        where staged.{{ key }} is null

    )

    select
        cast(newest_batch.batch + 1 as bigint) as batch,
        newest_load.load_id,
        newest_load.loaded_at,
        cast({{ shared_macros.snapshot_get_time() }} as timestamp) as recorded_at,
        changes.fingerprint,
        changes.{{ columns | join(',\n        changes.') }},
        changes.is_deleted
    from changes
    cross join newest_batch
    cross join newest_load
{%- endmacro -%}
