{#- Returns the findings about how much a raw table holds: no rows, fewer rows than its recent loads, rows repeated. -#}
{%- macro _gate_load_findings(source, counts, load) -%}
    {%- set limits = shared_macros.gate_limits(source.name) -%}
    {%- set findings = [] -%}
    {%- if counts.rows == 0 -%}
        {%- do findings.append({
            'where': source.name, 'kind': 'empty', 'expected': 'at least 1 row', 'seen': '0 rows',
            'repair': shared_macros._load_again(source),
        }) -%}
    {%- else -%}
        {%- set fewest = shared_macros._fewest_rows(source, load, limits) -%}
        {%- if fewest.rows > counts.rows -%}
            {%- do findings.append({
                'where': source.name, 'kind': 'truncated', 'load': load,
                'expected': 'at least ' ~ '{:,}'.format(fewest.rows) ~ ' rows (' ~ fewest.reason ~ ')',
                'seen': '{:,}'.format(counts.rows), 'repair': shared_macros._load_again(source),
            }) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro -%}

{#- Returns a dict: the fewest rows that a raw table may have by its recent good loads, and why; 0 rows where there are
    too few of them to tell. -#}
{%- macro _fewest_rows(source, load, limits) -%}
    {%- if source.meta.get('rows', 'cumulative') == 'per_load' -%}
        {%- if load.get('good_loads', 0) < limits.load_count or load['fewest_rows'] is none -%}
            {{ return({'rows': 0}) }}
        {%- endif -%}
        {{ return({
            'rows': (load['fewest_rows'] | float * limits.load_share) | round(0, 'ceil') | int,
            'reason': shared_macros._percent(limits.load_share) ~ ' of the ' ~ '{:,}'.format(load['fewest_rows'] | int)
                ~ ' of the smallest of the last ' ~ load['good_loads'] ~ ' loads',
        }) }}
    {%- elif not load.get('good_load_id') -%}
        {{ return({'rows': 0}) }}
    {%- endif -%}
    {%- set fall = shared_macros._learned_limit(limits.fall_share, limits.fall_times, load['largest_fall'], limits) -%}
    {{ return({
        'rows': (load['good_rows'] | float * (1 - fall)) | round(6) | round(0, 'ceil') | int,
        'reason': shared_macros._percent(1 - fall) ~ ' of the ' ~ '{:,}'.format(load['good_rows'] | int) ~ ' of load '
            ~ load['good_load_id'],
    }) }}
{%- endmacro -%}

{#- Returns a share that may not be passed: the stated one, or a multiple of the largest of late. What is learned ends
    below 1, so that a fault as large as everything is still seen. -#}
{%- macro _learned_limit(stated, times, largest, limits) -%}
    {{ return([stated, [times * (largest or 0) | float, limits.learned_at_most] | min] | max) }}
{%- endmacro -%}

{#- Returns a share in percent. -#}
{%- macro _percent(share) -%}
    {{ return('{:,.4g} %'.format(100 * share)) }}
{%- endmacro -%}

{#- Returns a count in words, such as `1 of 20 rows`. -#}
{%- macro _part(part, whole, unit) -%}
    {{ return('{:,} of {:,} '.format(part | int, whole | int) ~ unit) }}
{%- endmacro -%}
