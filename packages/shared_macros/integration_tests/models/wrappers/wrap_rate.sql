-- One row a row of input_counts: its share.
with rows_of_input as (

    select * from {{ ref('input_counts') }}

),

final as (

    select
        part,
        whole,
        {{ shared_macros.rate('part', 'whole') }} as share
    from rows_of_input

)

select * from final
