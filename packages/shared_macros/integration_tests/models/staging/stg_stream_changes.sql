-- One row a change of an item, as a test wrote it.
with final as (

    select
        tenant_id,
        item_id,
        name,
        note,
        amount,
        seen_at,
        is_flagged,
        changed_at,
        change_sequence,
        is_deleted
    from {{ source('test', 'stream_changes') }}

)

select * from final
