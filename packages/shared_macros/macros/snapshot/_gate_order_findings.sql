{#- Returns the findings about the times of a raw table: a late load, times outside the business, an older state. -#}
{%- macro _gate_order_findings(source, counts, load) -%}
    {%- set limits = shared_macros.gate_limits(source.name) -%}
    {%- set findings = [] -%}
    {%- do findings.extend(shared_macros._gate_stale_findings(source, load)) -%}
    {%- set skewed = counts.late + counts.early -%}
    {%- if skewed > limits.skewed_share * counts.rows -%}
        {%- do findings.append({
            'where': source.name, 'kind': 'clock skew', 'load': load,
            'expected': 'times from ' ~ limits.first_year | int ~ ' until ' ~ counts.latest ~ ' UTC ('
                ~ limits.late_hours ~ ' h after the load)',
            'seen': '{:,} rows later and {:,} earlier'.format(counts.late, counts.early),
            'repair': 'correct ' ~ source.meta.get('watermark_field') ~ ' at the source and load it again',
        }) -%}
    {%- endif -%}
    {%- set good = load.get('good_watermark') -%}
    {%- if good and load['watermark'] and load['watermark'] < good -%}
        {%- do findings.append({
            'where': source.name, 'kind': 'going backwards', 'load': load,
            'expected': 'a watermark from ' ~ good ~ ' on (that of load ' ~ load['good_load_id'] ~ ')',
            'seen': load['watermark'] | string, 'repair': 'load the newest state again',
        }) -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro -%}

{#- Returns the finding that a table's newest load is older than its source allows, beside the region's newest load. -#}
{%- macro _gate_stale_findings(source, load) -%}
    {%- set limit = shared_macros._error_after_seconds(source) -%}
    {%- if load and limit is not none and (load['region_loaded_at'] - load['loaded_at']).total_seconds() > limit -%}
        {{ return([{
            'where': source.name, 'kind': 'stale',
            'expected': 'a load at most ' ~ limit ~ ' s older than the newest load of the region ('
                ~ load['region_loaded_at'] ~ ')',
            'seen': 'its newest load of ' ~ load['loaded_at'], 'repair': 'load it again',
        }]) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro -%}

{#- Returns the finding that a raw table holds many rows more than once. -#}
{%- macro _gate_repetition_findings(source, counts, load, largest) -%}
    {%- set limits = shared_macros.gate_limits(source.name) -%}
    {%- set limit = shared_macros._learned_limit(limits.repeated_share, limits.share_times, largest, limits) -%}
    {%- if counts.rows < limits.judged_from or counts.duplicates < limit * counts.rows -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return([{
        'where': source.name, 'kind': 'delivered twice', 'load': load,
        'expected': 'less than ' ~ shared_macros._percent(limit) ~ ' of rows repeated',
        'seen': shared_macros._part(counts.duplicates, counts.rows, 'rows repeat another one'),
        'repair': 'load it again, once',
    }]) }}
{%- endmacro -%}

{#- Returns the source's freshness.error_after in seconds, or none where it states none. -#}
{%- macro _error_after_seconds(source) -%}
    {%- set error_after = (source.freshness or {}).get('error_after') or {} -%}
    {%- if not error_after.get('count') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set period = error_after.period.value if error_after.period is not string else error_after.period -%}
    {{ return(error_after.count * {'minute': 60, 'hour': 3600, 'day': 86400}[period]) }}
{%- endmacro -%}
