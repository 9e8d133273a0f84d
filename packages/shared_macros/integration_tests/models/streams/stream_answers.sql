-- One row a question about an item at a time that has an answer.
with questions as (

    select * from {{ source('test', 'stream_questions') }}

),

stream_history as (

    select * from {{ ref('stream_history') }}

),

final as (

    select
        questions.question_id,
        stream_history.name,
        stream_history.note,
        stream_history.amount,
        stream_history.seen_at,
        stream_history.is_flagged,
        stream_history.is_deleted
    from questions
    inner join stream_history
        on
            questions.tenant_id = stream_history.tenant_id
            and questions.item_id = stream_history.item_id
            and {{ shared_macros.as_of('questions.valid_at', history='stream_history') }}
    where questions.known_at is null
    union all
    select
        questions.question_id,
        stream_history.name,
        stream_history.note,
        stream_history.amount,
        stream_history.seen_at,
        stream_history.is_flagged,
        stream_history.is_deleted
    from questions
    inner join stream_history
        on
            questions.tenant_id = stream_history.tenant_id
            and questions.item_id = stream_history.item_id
            and {{ shared_macros.as_of('questions.valid_at', 'questions.known_at', history='stream_history') }}
    where questions.known_at is not null

)

select * from final
