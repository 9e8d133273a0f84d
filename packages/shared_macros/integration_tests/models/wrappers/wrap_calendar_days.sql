-- One row a day between the first and the last.
with things as (

    select * from {{ ref('input_days') }}

),

final as (

    {{ shared_macros.calendar_days('things', 'day') }}

)

select * from final
