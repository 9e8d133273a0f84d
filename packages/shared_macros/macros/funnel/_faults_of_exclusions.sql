{#- Returns what is wrong with a definition's exclusions. -#}
{%- macro _faults_of_exclusions(definition, columns, order) -%}
    {%- set faults = [] -%}
    {%- set names = definition.steps | map(attribute='step') | list -%}
    {%- for exclusion in definition.get('exclusions', []) -%}
        {%- set place = 'exclusions[' ~ loop.index ~ '].' -%}
        {%- do faults.extend(
            shared_macros._faults_of_fields(place, exclusion, ['when', 'after', 'before'], ['when'])
        ) -%}
        {%- if order == 'any' -%}
            {%- do faults.append(place ~ 'when: needs an order; allowed orders: ordered, strict') -%}
        {%- endif -%}
        {%- if not exclusion.when -%}
            {%- do faults.append(place ~ 'when: is empty; allowed: at least one of ' ~ columns | join(', ')) -%}
        {%- else -%}
            {%- do faults.extend(shared_macros._faults_of_condition(place ~ 'when', exclusion.when, columns)) -%}
        {%- endif -%}
        {%- for step in definition.steps if step.when == exclusion.when -%}
            {%- do faults.append(place ~ "when: is that of the step '" ~ step.step
                ~ "'; allowed: a condition that no step has") -%}
        {%- endfor -%}
        {%- set known = [] -%}
        {%- for field in ['after', 'before'] if field in exclusion -%}
            {%- if exclusion[field] in names -%}
                {%- do known.append(field) -%}
            {%- else -%}
                {%- do faults.append(place ~ field ~ ": unknown step '" ~ exclusion[field] ~ "'; allowed: "
                    ~ names | join(', ')) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set after = names.index(exclusion.after) if 'after' in known else 0 -%}
        {%- set before = names.index(exclusion.before) if 'before' in known else names | length - 1 -%}
        {%- if after >= before -%}
            {%- do faults.append(
                place ~ 'before: stands no later than after; allowed: a step after ' ~ names[after]
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro -%}

{#- Returns what is wrong with a definition's breakdown. -#}
{%- macro _faults_of_breakdown(definition, columns) -%}
    {%- set faults = [] -%}
    {%- set names = definition.steps | map(attribute='step') | list -%}
    {%- set seen = [] -%}
    {%- for part in definition.get('breakdown', []) -%}
        {%- set place = 'breakdown[' ~ loop.index ~ '].' -%}
        {%- do faults.extend(
            shared_macros._faults_of_fields(place, part, ['by', 'attribution'], ['by', 'attribution'])
        ) -%}
        {%- if part.by not in columns -%}
            {%- do faults.append(place ~ "by: unknown column '" ~ part.by ~ "'; allowed: " ~ columns | join(', ')) -%}
        {%- endif -%}
        {%- set attribution = part.attribution -%}
        {%- if shared_macros._segment_column(part) in seen -%}
            {%- do faults.append(place ~ "attribution: the column '" ~ shared_macros._segment_column(part)
                ~ "' stands twice; each column has an attribution once") -%}
        {%- endif -%}
        {%- do seen.append(shared_macros._segment_column(part)) -%}
        {%- if attribution is mapping and attribution | list == ['step'] -%}
            {%- if attribution.step not in names -%}
                {%- do faults.append(place ~ "attribution: unknown step '" ~ attribution.step ~ "'; allowed: "
                    ~ names | join(', ')) -%}
            {%- endif -%}
        {%- elif attribution not in ['first', 'last', 'all'] -%}
            {%- do faults.append(place ~ "attribution: '" ~ attribution ~ "' is none; allowed: first, last, all, "
                ~ "{'step': <name>}") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set zone = definition.get('time_zone') -%}
    {%- if zone is not none and (
        zone is not string or modules.re.match('^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$', zone) is none
    ) -%}
        {%- do faults.append('time_zone: ' ~ zone ~ " is none; allowed: an IANA name such as 'America/New_York', or "
            ~ 'nothing for the business date of the source') -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro -%}

{#- Returns the name of the column that a part of a breakdown gives: `first_country`, `checkout_country`. -#}
{%- macro _segment_column(part) -%}
    {{ return((part.attribution.step if part.attribution is mapping else part.attribution) ~ '_' ~ part.by) }}
{%- endmacro -%}
