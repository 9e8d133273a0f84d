-- Generated data: an hourly Glue load brings every change of its hour; a cancelled order is deleted a day later.
with states as (

    select
        *,
        case when status = 'preparing' then 'I' else 'U' end as operation
    from facts_order_states

),

newest_load as (

    select date_trunc('hour', max(arrived_at) - interval '1 microsecond') + interval '1 hour' as loaded_until
    from facts_events

),

changes as (

    select
        changed_at,
        operation,
        order_id,
        user_id,
        status,
        ordered_at,
        order_total,
        tracking_id,
        delivered_at
    from states
    union all
    select
        states.changed_at + interval '1 day' as changed_at,
        'D' as operation,
        states.order_id,
        null as user_id,
        null as status,
        null as ordered_at,
        null as order_total,
        null as tracking_id,
        null as delivered_at
    from states
    cross join newest_load
    where states.status = 'cancelled' and states.changed_at + interval '1 day' <= newest_load.loaded_until

),

loads as (

    select
        *,
        to_char(
            date_trunc('hour', changed_at - interval '1 microsecond') + interval '1 hour', 'YYYYMMDD"T"HH24'
        ) as load_id
    from changes

)

select
    load_id,
    row_number() over (partition by load_id order by changed_at, order_id) as change_sequence,
    operation,
    changed_at,
    order_id as order_number,
    user_id as account_id,
    status,
    ordered_at as placed_at,
    order_total as total_usd,
    tracking_id as tracking_number,
    delivered_at
from loads
order by load_id, change_sequence
