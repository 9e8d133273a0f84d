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
            {%- set of_when = shared_macros._faults_of_condition(place ~ 'when', exclusion.when, columns) -%}
            {%- do faults.extend(of_when) -%}
            {%- for step in definition.steps
                if not of_when and not shared_macros._faults_of_condition('', step.when, columns)
                and shared_macros._condition(step.when) == shared_macros._condition(exclusion.when) -%}
                {%- do faults.append(place ~ "when: is that of the step '" ~ step.step
                    ~ "'; allowed: a condition that no step has") -%}
            {%- endfor -%}
        {%- endif -%}
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
        {%- elif part.by not in shared_macros._text_columns(columns) -%}
            {%- do faults.append(place ~ "by: '" ~ part.by ~ "' is a time; allowed: "
                ~ shared_macros._text_columns(columns) | join(', ')) -%}
        {%- endif -%}
        {%- set attribution = part.attribution -%}
        {%- if shared_macros._segment_column(part) in seen -%}
            {%- do faults.append(place ~ "attribution: the column '" ~ shared_macros._segment_column(part)
                ~ "' stands twice; each column has an attribution once") -%}
        {%- endif -%}
        {%- do seen.append(shared_macros._segment_column(part)) -%}
        {%- if shared_macros._segment_column(part) | length > 63 -%}
            {%- do faults.append(place ~ "attribution: the column '" ~ shared_macros._segment_column(part)
                ~ "' has more than 63 letters; allowed: a shorter step") -%}
        {%- endif -%}
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
    {%- if zone is not none and zone not in modules.pytz.all_timezones -%}
        {%- do faults.append('time_zone: ' ~ zone ~ " is none; allowed: an IANA name such as 'America/New_York', or "
            ~ 'nothing for the business date of the source') -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro -%}

{#- Returns the name of the column that a part of a breakdown gives: `first_country`, `checkout_country`. -#}
{%- macro _segment_column(part) -%}
    {{ return((part.attribution.step if part.attribution is mapping else part.attribution) ~ '_' ~ part.by) }}
{%- endmacro -%}
