-- One row a question and version that answers it.
with versions as (

    select * from {{ ref('input_versions') }}

),

-- the borders belong to the version that begins there
final as (

    select
        'true on the 2nd, known now' as question,
        state
    from versions
    where {{ shared_macros.as_of("cast('2024-05-02' as timestamp)") }}
    union all
    select
        'true on the 3rd, known now' as question,
        state
    from versions
    where {{ shared_macros.as_of("cast('2024-05-03' as timestamp)") }}
    union all
    select
        'true on the 3rd, known on the 3rd' as question,
        v.state
    from versions as v
    where
        {{ shared_macros.as_of("cast('2024-05-03' as timestamp)", "cast('2024-05-03' as timestamp)", history='v') }}
    union all
    select
        'true on the 1st, known on the 1st' as question,
        state
    from versions
    where {{ shared_macros.as_of("cast('2024-05-01' as timestamp)", "cast('2024-05-01' as timestamp)") }}

)

select * from final
