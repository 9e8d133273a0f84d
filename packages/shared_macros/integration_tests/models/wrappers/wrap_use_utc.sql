-- One row: the statement that puts a transaction into UTC, and the run id that rows are signed with.
with final as (

    select
        '{{ shared_macros.use_utc() | replace("'", "''") }}' as statement_text,
        '{{ shared_macros.run_id() }}' as run_id

)

select * from final
