{#- Returns a dict: how many keys the region knows, and how many of them the load brings changed, leaves out, or brings
    new. Nothing is known before the first build. -#}
{%- macro _compared_keys(input, sql, staged) -%}
    {%- set declared = shared_macros.declared_inputs()[input] -%}
    {%- set known = shared_macros._known_rows(declared) -%}
    {%- set nothing = {'known': 0, 'changed': 0, 'vanished': 0, 'new': staged.staged_keys} -%}
    {%- if known is none or staged.columns is none -%}
        {{ return(nothing) }}
    {%- endif -%}
    {%- set row = shared_macros._first_row(
        shared_macros._compared_keys_query(declared.key, sql, known, shared_macros._shared_columns(known, staged.columns))
    ) -%}
    {{ return({
        'known': row[0] | int, 'vanished': (row[1] or 0) | int, 'changed': (row[2] or 0) | int,
        'new': staged.staged_keys - (row[0] - (row[1] or 0)) | int,
    }) }}
{%- endmacro -%}

{#- Returns a dict (relation, condition, columns) of the rows that the region knows of an input: the current ones of its
    snapshot, or the canonical model's where it has none; none before the first build. -#}
{%- macro _known_rows(declared) -%}
    {%- set canonical = graph.nodes['model.shared_macros.' ~ declared.canonical] -%}
    {%- set known = namespace(node=canonical, condition='1 = 1') -%}
    {%- for unique_id in canonical.depends_on.nodes if unique_id.startswith('snapshot.') -%}
        {%- set known.node = graph.nodes[unique_id] -%}
        {%- set known.condition = shared_macros.is_current() -%}
    {%- endfor -%}
    {%- set relation = api.Relation.create(known.node.database, known.node.schema, known.node.alias) -%}
    {%- set columns = shared_macros._columns_of_relation(relation) -%}
    {%- if declared.key not in columns | map(attribute='name') -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return({'relation': relation, 'condition': known.condition, 'columns': columns}) }}
{%- endmacro -%}

{#- Returns the names of the columns that both sides have in types that can be compared. -#}
{%- macro _shared_columns(known, columns) -%}
    {%- set types = {} -%}
    {%- for column in known.columns -%}
        {%- do types.update({column.name: column.data_type.partition('(')[0]}) -%}
    {%- endfor -%}
    {%- set names = [] -%}
    {%- for column in columns if types.get(column.name) == column.data_type.partition('(')[0] -%}
        {%- do names.append(column.name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}

{#- Returns a select of one row: known keys, those that the load leaves out, those that it brings with other values. -#}
{%- macro _compared_keys_query(key, sql, known, names) -%}
    with staged as (
{{ sql }}
    )
    select
        count(*) as known_keys,
        sum(case when staged.{{ key }} is null then 1 else 0 end) as vanished_keys,
        sum(case when {% for name in names if name != key -%}
            known.{{ name }} <> staged.{{ name }}
            or (known.{{ name }} is null and staged.{{ name }} is not null)
            or (known.{{ name }} is not null and staged.{{ name }} is null and staged.{{ key }} is not null)
            {%- if not loop.last %} or {% endif %}
        {%- else %} 1 = 0 {%- endfor %} then 1 else 0 end) as changed_keys
    from {{ known.relation }} as known
    left join staged on known.{{ key }} = staged.{{ key }}
    where {{ known.condition }}
{%- endmacro -%}

{#- Returns the findings about the known keys: another region's data, or more keys changed or gone than usual. -#}
{%- macro _gate_key_findings(input, compared, staged, shares) -%}
    {%- set limits = shared_macros.gate_limits(input) -%}
    {%- set known = compared.known -%}
    {%- set sources = shared_macros.input_sources(input) -%}
    {%- set whole = 'per_load' not in sources | map(attribute='meta.rows', default='') | list -%}
    {%- set findings = [] -%}
    {%- if known < limits.judged_from -%}
        {{ return(findings) }}
    {%- endif -%}
    {%- set kept = known - compared.vanished -%}
    {%- if whole and staged.staged_keys >= limits.judged_from and kept < limits.kept_share * known -%}
        {{ return([{
            'where': input, 'kind': 'wrong region',
            'expected': 'at least ' ~ shared_macros._percent(limits.kept_share) ~ ' of the keys known from earlier loads',
            'seen': shared_macros._part(kept, known, 'of them, as if another region had been loaded'),
            'repair': 'if ' ~ shared_macros._file_of(input) ~ ' was changed, look there, else see which region the keys are'
                ~ ' of, correct the loader, and ' ~ shared_macros._load_again(sources),
        }]) }}
    {%- endif -%}
    {%- set wanted = {'changed': limits.changed_share} -%}
    {%- if whole -%}
        {%- do wanted.update({'vanished': limits.vanished_share}) -%}
    {%- endif -%}
    {%- for what, stated in wanted.items() -%}
        {%- set largest = shares[what ~ '_share'] -%}
        {%- set limit = shared_macros._learned_limit(stated, limits.share_times, largest, limits) -%}
        {%- if compared[what] > limit * known -%}
            {%- do findings.append({
                'where': input, 'kind': 'mass change',
                'expected': 'at most ' ~ shared_macros._percent(limit) ~ ' of the known keys '
                    ~ {'changed': 'with other values than before', 'vanished': 'to be gone'}[what],
                'seen': shared_macros._part(compared[what], known, 'keys'),
                'follows_from': {'vanished': 'truncated'}.get(what),
                'repair': 'if ' ~ shared_macros._file_of(input) ~ ' was changed, look there, else '
                    ~ shared_macros._load_again(sources),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro -%}
