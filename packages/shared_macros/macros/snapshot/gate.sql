{%- macro gate(input, sql, load_manifest) -%}
    {%- set judgement = shared_macros._judge(input, sql, load_manifest) -%}
    {%- do shared_macros._refuse(judgement) -%}
    {{ return(judgement.rows) }}
{%- endmacro -%}

{#- Stops with one line that lists everything wrong, where a judgement refuses. -#}
{%- macro _refuse(judgement) -%}
    {%- if judgement.verdict == 'refused' -%}
        {%- set accept = '; or, only if this is meant to be so: dbt-regions accept ' ~ project_name ~ ' --load '
            ~ judgement.load_id ~ ' --target ' ~ target.name ~ ' --reason "<why>" (it holds for this load alone)' -%}
        {%- do exceptions.raise_compiler_error(
            'gate: region ' ~ project_name ~ ': ' ~ judgement.findings | join('; ') ~ '; then build again'
            ~ (accept if judgement.acceptable else ' (this cannot be accepted)')
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{#- Returns a dict: the verdict on an input, what was found as text, and what was counted. Writes nothing. -#}
{%- macro _judge(input, sql, load_manifest) -%}
    {%- set loads = shared_macros._gate_loads(input, load_manifest) -%}
    {%- set load_id = shared_macros._newest_load_id(loads or {}) -%}
    {%- set limits = shared_macros.gate_limits(input) -%}
    {%- set shares = shared_macros._gate_shares(input, load_id, limits.recent_loads) -%}
    {%- set found = shared_macros._found(input, sql, loads or {}, shares, load_manifest) -%}
    {%- if loads is none -%}
        {%- do found.findings.append({
            'where': load_manifest.identifier, 'kind': 'missing', 'expected': 'a table', 'seen': 'none',
            'repair': 'run the model load_manifest first',
        }) -%}
    {%- endif -%}
    {%- set verdict = namespace(word='accepted' if found.findings or shares['reason'] else 'passed') -%}
    {%- set texts = [] -%}
    {%- set acceptable = [] -%}
    {%- for finding in found.findings -%}
        {%- do texts.append(shared_macros._finding_text(finding)) -%}
        {%- do acceptable.append(finding.kind in shared_macros._acceptable_kinds()) -%}
        {%- if not (
            finding.kind in shared_macros._acceptable_kinds()
            and (shares['reason'] or (finding.load or {}).get('is_accepted'))
            and shared_macros._was_accepted(input, finding)
        ) -%}
            {%- set verdict.word = 'refused' -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do found.update({
        'input': input, 'load_id': load_id, 'verdict': verdict.word, 'findings': texts, 'reason': shares['reason'],
        'acceptable': false not in acceptable,
    }) -%}
    {{ return(found) }}
{%- endmacro -%}

{#- Returns whether a person accepted a finding as it is now: not another of its kind. Of a stale load the age may grow,
    since other loads come. -#}
{%- macro _was_accepted(input, finding) -%}
    {%- set text = shared_macros._finding_text(finding) -%}
    {%- if finding.kind == 'stale' -%}
        {%- set text = finding.where ~ ': stale: ' -%}
    {%- endif -%}
    {%- set rows = shared_macros._rows_of_query(
        'select findings from ' ~ shared_macros._decisions_or_none() ~ " where input = '" ~ input
        ~ "' and verdict = 'accepted'"
    ) -%}
    {%- set found = [] -%}
    {%- for row in rows if text in row['findings'] -%}
        {%- do found.append(text) -%}
    {%- endfor -%}
    {{ return(found | length > 0) }}
{%- endmacro -%}

{#- Returns a dict: all findings about an input, and what was counted. -#}
{%- macro _found(input, sql, loads, shares, load_manifest) -%}
    {%- set changes = shared_macros.declared_inputs()[input].get('changes', false) -%}
    {%- set raw = {'findings': [], 'rows': 0, 'duplicates': 0} -%}
    {%- if changes -%}
        {%- do raw.update({
            'may_be_empty': shared_macros._may_have_no_rows(input, loads),
            'findings': shared_macros._undecided(input, load_manifest),
        }) -%}
    {%- else -%}
        {%- set raw = shared_macros._gate_source_findings(input, loads, shares['repeated_share']) -%}
    {%- endif -%}
    {%- set staged = {'findings': [], 'rows': 0, 'staged_keys': 0, 'columns': none} -%}
    {%- set compared = {'known': 0, 'changed': 0, 'vanished': 0, 'new': 0} -%}
    {%- if not raw.findings | selectattr('blocks_staging', 'defined') | list -%}
        {%- set staged = shared_macros._gate_staging_findings(input, sql, raw.may_be_empty) -%}
        {%- if not changes and staged.rows and not staged.findings -%}
            {%- set compared = shared_macros._compared_keys(input, sql, staged) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set later = staged.findings + (
        [] if changes else shared_macros._gate_key_findings(input, compared, staged, shares)
    ) -%}
    {%- set causes = raw.findings | map(attribute='kind') | list -%}
    {{ return({
        'findings': raw.findings + later | rejectattr('follows_from', 'in', causes) | list,
        'rows': staged.rows, 'compared': compared, 'raw_rows': raw.rows, 'raw_duplicates': raw.duplicates,
    }) }}
{%- endmacro -%}

{#- Returns the id of the newest load among an input's tables, `none` where none was ever seen. -#}
{%- macro _newest_load_id(loads) -%}
    {%- set newest = namespace(age=none) -%}
    {%- for load in loads.values() -%}
        {%- set age = [load['loaded_at'], load['load_id']] -%}
        {%- if newest.age is none or age > newest.age -%}
            {%- set newest.age = age -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(newest.age[1] if newest.age else 'none') }}
{%- endmacro -%}

{#- Returns the kinds of finding that a person may accept; the others would break what is written. -#}
{%- macro _acceptable_kinds() -%}
    {{ return([
        'stale', 'truncated', 'mass change', 'clock skew', 'going backwards', 'delivered twice', 'wrong region',
    ]) }}
{%- endmacro -%}

{#- Returns a finding as people read it. -#}
{%- macro _finding_text(finding) -%}
    {{ return(
        finding.where ~ ': ' ~ finding.kind ~ ': expected ' ~ finding.expected ~ ', seen ' ~ finding.seen ~ '; '
        ~ finding.repair
    ) }}
{%- endmacro -%}
