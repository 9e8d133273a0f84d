-- One row a row of input_history: whether it stands.
with rows_of_input as (

    select * from {{ ref('input_history') }}

),

final as (

    select
        state,
        {{ shared_macros.is_current() }} as stands
    from rows_of_input

)

select * from final
