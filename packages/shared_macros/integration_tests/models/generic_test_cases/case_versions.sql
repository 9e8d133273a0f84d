-- One row a version of a key in a case: the passing and failing cases of the tests of history.
with versions as (

    select 'sound' as case_name, 'a' as part, 1 as item, 0 as begins, 2 as ends, 0 as known, 9 as unknown
    union all
    select 'sound', 'a', 1, 2, 9, 0, 9
    union all
    select 'sound', 'a', 2, 1, 9, 0, 9
    union all
    select 'two current', 'a', 1, 0, 9, 0, 9
    union all
    select 'two current', 'a', 1, 2, 9, 0, 9
    union all
    select 'overlap', 'a', 1, 0, 3, 0, 9
    union all
    select 'overlap', 'a', 1, 2, 9, 0, 9
    union all
    select 'same version twice', 'a', 1, 0, 9, 0, 9
    union all
    select 'same version twice', 'a', 1, 0, 9, 0, 9
    union all
    select 'gap', 'a', 1, 0, 2, 0, 9
    union all
    select 'gap', 'a', 1, 3, 9, 0, 9
    union all
    select 'no time', 'a', 1, 2, 2, 0, 9
    union all
    select 'no time', 'a', 1, 0, 9, 0, 9
    union all
    select 'backwards', 'a', 1, 3, 2, 0, 9
    union all
    select 'corrected', 'a', 1, 0, 2, 0, 9
    union all
    select 'corrected', 'a', 1, 2, 9, 0, 5
    union all
    select 'corrected', 'a', 1, 4, 9, 5, 9
    union all
    select 'corrected', 'a', 1, 2, 4, 5, 9
    union all
    select 'known gap', 'a', 1, 0, 2, 0, 9
    union all
    select 'known gap', 'a', 1, 2, 9, 0, 5
    union all
    select 'known gap', 'a', 1, 4, 9, 5, 9
    union all
    select 'known overlap', 'a', 1, 0, 4, 0, 9
    union all
    select 'known overlap', 'a', 1, 2, 9, 5, 9
    union all
    select 'null key', 'a', null, 0, 9, 0, 9
    union all
    select 'null begin', 'a', 1, null, 9, 0, 9
    union all
    select 'null end', 'a', 1, 0, null, 0, 9
    union all
    select 'null known', 'a', 1, 0, 9, 0, null

),

final as (

    select
        case_name,
        part,
        item,
        {%- for column, number in {
            'valid_from': 'begins', 'valid_to': 'ends', 'known_from': 'known', 'known_to': 'unknown'
        }.items() %}
        case
            when {{ number }} = 9 then cast('9999-12-31' as timestamp)
            when {{ number }} is not null then {{ dbt.dateadd('day', number, "cast('2024-05-01' as timestamp)") }}
        end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from versions

)

select * from final
