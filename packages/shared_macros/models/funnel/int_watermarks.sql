-- One row a stream of events: how far it has come.
with events as (

    select * from {{ ref('canonical_events') }}

),

application_events as (

    select * from {{ ref('int_application_events') }}

),

streams as (

    {% for stream in ['events', 'application_events'] -%}
        select
            '{{ stream }}' as stream_name,
            occurred_at,
            max(business_date) as business_date
        from {{ stream }}
        where occurred_at = (select max(occurred_at) from {{ stream }})
        group by occurred_at
        {%- if not loop.last %}
        union all
        {%- endif %}
    {% endfor %}

),

final as (

    select
        cast(stream_name as varchar(32)) as stream_name,
        occurred_at,
        business_date
    from streams

)

select * from final
