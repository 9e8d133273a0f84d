-- One row an event, each event once.
with events as (

    select * from {{ ref('stg_events') }}

),

final as (

    select * from events

)

select * from final
