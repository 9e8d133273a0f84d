{#- Returns a dict: source table -> what the load manifest and the gate's decisions say about its loads, or none where
    there is no load manifest. The relations are looked up, since dbt's --empty would hand over limited ones. -#}
{%- macro _gate_loads(input, load_manifest) -%}
    {%- set manifest = shared_macros._existing_relation(load_manifest) -%}
    {%- if manifest is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set limits = shared_macros.gate_limits(input) -%}
    {%- set query = shared_macros._gate_loads_query(input, manifest, limits.recent_loads) -%}
    {%- set loads = {} -%}
    {%- for row in shared_macros._rows_of_query(query) -%}
        {%- do loads.update({row['source_table']: row}) -%}
    {%- endfor -%}
    {{ return(loads) }}
{%- endmacro -%}

{#- Returns a select: one row a source table of the input that has a load. A good load of a table is one that was its
    newest when a decision passed or accepted the input. What a person accepted teaches no limit. -#}
{%- macro _gate_loads_query(input, manifest, recent_loads) -%}
    {%- set names = shared_macros.input_sources(input) | map(attribute='name') | list -%}
    with known_loads as (
        select
            *,
            row_number() over (partition by source_table order by loaded_at desc, load_id desc) as age,
            max(row_count) over (partition by source_table) as most_rows,
            lead(loaded_at) over (partition by source_table order by loaded_at, load_id) as replaced_at
        from {{ manifest }}
        where source_table in ('{{ names | join("', '") }}')
    ),
    loads as (
        select * from known_loads where age <= {{ 4 * recent_loads }}
    ),
    decided as (
        select
            load_id,
            max(case when verdict = 'accepted' then 1 else 0 end) as is_exception,
            max(case when reason is not null then 1 else 0 end) as is_accepted
        from {{ shared_macros._decisions_or_none() }}
        where input = '{{ input }}' and verdict in ('passed', 'accepted')
        group by load_id
    ),
    moments as (
        select decided.is_exception, decided.is_accepted, max(loads.loaded_at) as loaded_at
        from decided
        inner join loads on decided.load_id = loads.load_id
        group by decided.load_id, decided.is_exception, decided.is_accepted
    ),
    good as (
        select
            loads.source_table, loads.load_id, loads.row_count, loads.watermark, loads.age,
            max(moments.is_exception) as is_exception, max(moments.is_accepted) as is_accepted
        from loads
        inner join moments
            on loads.loaded_at <= moments.loaded_at
            and (loads.replaced_at > moments.loaded_at or loads.replaced_at is null)
        group by loads.source_table, loads.load_id, loads.row_count, loads.watermark, loads.age
    ),
    earlier as (
        select
            *,
            row_number() over (partition by source_table order by age) as good_age,
            lead(row_count) over (partition by source_table order by age) as rows_before
        from good
        where age > 1
    ),
    learned as (
        select
            source_table,
            count(*) as good_loads,
            min(case when is_exception = 0 then row_count end) as fewest_rows,
            max(case when is_exception = 0 and rows_before > 0
                then 1 - cast(row_count as double precision) / rows_before end) as largest_fall
        from earlier
        where good_age <= {{ recent_loads }}
        group by source_table
    )
    select
        loads.source_table, loads.load_id, loads.loaded_at, loads.watermark, loads.most_rows,
        (select max(loaded_at) from {{ manifest }}) as region_loaded_at,
        coalesce(good.is_accepted, 0) as is_accepted,
        earlier.load_id as good_load_id, earlier.row_count as good_rows, earlier.watermark as good_watermark,
        coalesce(learned.good_loads, 0) as good_loads, learned.fewest_rows,
        coalesce(learned.largest_fall, 0) as largest_fall
    from loads
    left join good on loads.source_table = good.source_table and good.age = 1
    left join earlier on loads.source_table = earlier.source_table and earlier.good_age = 1
    left join learned on loads.source_table = learned.source_table
    where loads.age = 1
{%- endmacro -%}

{#- Returns the largest shares among an input's recent passed loads, but for this one, and why a person accepted it. -#}
{%- macro _gate_shares(input, load_id, recent_loads) -%}
    {%- set load = shared_macros._as_literal(load_id) -%}
    {{ return(shared_macros._first_row(
        "with decisions as (\nselect *, dense_rank() over (order by case when load_id = " ~ load ~ " then 1 else 0 end,"
        ~ " decided_at desc) as age from " ~ shared_macros._decisions_or_none() ~ " where input = '" ~ input
        ~ "' and (verdict = 'passed' or load_id = " ~ load ~ ")\n)\nselect\n"
        ~ shared_macros._largest_share('changed_keys', 'known_keys', load, recent_loads) ~ " as changed_share,\n"
        ~ shared_macros._largest_share('vanished_keys', 'known_keys', load, recent_loads) ~ " as vanished_share,\n"
        ~ shared_macros._largest_share('raw_duplicates', 'raw_rows', load, recent_loads) ~ " as repeated_share,\n"
        ~ "max(case when load_id = " ~ load ~ " then reason end) as reason\nfrom decisions"
    )) }}
{%- endmacro -%}

{#- Returns an expression: the largest share of a column in another among the recent loads that passed. -#}
{%- macro _largest_share(part, whole, load, recent_loads) -%}
    coalesce(max(case when verdict = 'passed' and load_id <> {{ load }} and age <= {{ recent_loads }} and {{ whole }} > 0
        then cast({{ part }} as double precision) / {{ whole }} end), 0)
{%- endmacro -%}
