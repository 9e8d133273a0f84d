{#- Returns the findings about the times of a raw table: a late load, times outside the business, an older state. -#}
{%- macro _gate_order_findings(source, counts, load) -%}
    {%- set limits = shared_macros.gate_limits(source.name) -%}
    {%- set findings = [] -%}
    {%- do findings.extend(shared_macros._gate_stale_findings(source, load)) -%}
    {%- set skewed = counts.late + counts.early -%}
    {%- if skewed > limits.skewed_share * counts.rows -%}
        {%- do findings.append({
            'where': source.name, 'kind': 'clock skew', 'load': load,
            'expected': source.meta.get('watermark_field') ~ ' from ' ~ limits.first_year | int ~ ' until '
                ~ shared_macros._moment(counts.latest) ~ ' ('
                ~ limits.late_hours ~ ' h after the load)',
            'seen': '{:,} of {:,} rows later and {:,} earlier'.format(counts.late, counts.rows, counts.early),
            'repair': 'have the times corrected where the rows come from, then '
                ~ shared_macros._load_again(source),
        }) -%}
    {%- endif -%}
    {%- set good = load.get('good_watermark') -%}
    {%- if good and load['watermark'] and load['watermark'] < good -%}
        {%- do findings.append({
            'where': source.name, 'kind': 'going backwards', 'load': load,
            'expected': 'a newest ' ~ source.meta.get('watermark_field') ~ ' of ' ~ shared_macros._moment(good)
                ~ ' or later, as load ' ~ load['good_load_id'] ~ ' had',
            'seen': shared_macros._moment(load['watermark']) ~ ', an older state',
            'repair': shared_macros._load_again(source) ~ ' from the newest extract',
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
            'expected': 'a load at most ' ~ shared_macros._hours(limit) ~ ' older than the newest load of the region ('
                ~ shared_macros._moment(load['region_loaded_at']) ~ ')',
            'seen': 'its newest load ' ~ shared_macros._hours(
                (load['region_loaded_at'] - load['loaded_at']).total_seconds()
            ) ~ ' older (' ~ shared_macros._moment(load['loaded_at']) ~ ')',
            'repair': 'find out why no newer load came, then ' ~ shared_macros._load_again(source),
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
        'expected': 'less than ' ~ shared_macros._percent(limit) ~ ' of the rows to be copies of another row',
        'seen': shared_macros._part(counts.duplicates, counts.rows, 'rows'),
        'repair': shared_macros._load_again(source) ~ ' if it replaces the table, else take out one copy of each',
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

{#- Returns seconds in hours, for a message. -#}
{%- macro _hours(seconds) -%}
    {{ return('{:,.4g} h'.format(seconds / 3600)) }}
{%- endmacro -%}

{#- Returns a time in UTC to the second, for a message. -#}
{%- macro _moment(time) -%}
    {{ return(time.strftime('%Y-%m-%d %H:%M:%S') ~ ' UTC') }}
{%- endmacro -%}
