-- One row a raw table, written by hand: what observed_loads must find.
with final as (

    select
        cast('policies' as varchar(128)) as source_table,
        cast(0 as bigint) as row_count,
        cast(null as timestamp) as watermark,
        cast(null as timestamp) as source_loaded_at
    union all
    select
        'purchases',
        1,
        null,
        cast('2024-05-01 12:00:00' as timestamp)
    union all
    select
        'stream_changes',
        0,
        null,
        null
    union all
    select
        'stream_states',
        0,
        null,
        null
    union all
    select
        'visits',
        3,
        cast('2024-05-03 11:00:00' as timestamp),
        null

)

select * from final
