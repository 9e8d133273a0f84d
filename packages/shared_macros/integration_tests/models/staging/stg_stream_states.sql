-- One row an item, in its current state, as a test wrote it.
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
    from {{ source('test', 'stream_states') }}

)

select * from final
