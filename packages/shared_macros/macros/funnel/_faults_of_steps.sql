{#- Returns what is wrong with a definition's steps. -#}
{%- macro _faults_of_steps(steps, columns, order) -%}
    {%- set faults = [] -%}
    {%- set names = [] -%}
    {%- for step in steps -%}
        {%- set place = 'steps[' ~ loop.index ~ '].' -%}
        {%- do faults.extend(shared_macros._faults_of_fields(
            place, step, ['step', 'when', 'filter', 'optional', 'min_wait', 'max_wait'], ['step', 'when']
        )) -%}
        {%- set name = step.step | default('') | string -%}
        {%- if name in names -%}
            {%- do faults.append(place ~ "step: the name '" ~ name ~ "' stands twice; each step has its own") -%}
        {%- endif -%}
        {%- do names.append(name) -%}
        {%- if modules.re.fullmatch('[a-z][a-z0-9_]{0,58}', name) is none -%}
            {%- do faults.append(place ~ "step: '" ~ name ~ "' is no name; allowed: letters a to z, digits and _, "
                ~ 'from a letter, at most 59') -%}
        {%- endif -%}
        {%- if name in ['entered', 'closes'] -%}
            {%- do faults.append(place ~ "step: '" ~ name ~ "_at' is a column of every funnel; choose another name") -%}
        {%- endif -%}
        {%- if not step.when -%}
            {%- do faults.append(place ~ 'when: is empty; allowed: at least one of ' ~ columns | join(', ')) -%}
        {%- endif -%}
        {%- for field in ['when', 'filter'] if step[field] is defined -%}
            {%- do faults.extend(shared_macros._faults_of_condition(place ~ field, step[field], columns)) -%}
        {%- endfor -%}
        {%- do faults.extend(shared_macros._faults_of_waits(place, step, order, loop.first)) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro -%}

{%- macro _faults_of_waits(place, step, order, is_first) -%}
    {%- set faults = [] -%}
    {%- set seconds = {} -%}
    {%- for field in ['min_wait', 'max_wait'] if step.get(field) is not none -%}
        {%- set found = shared_macros._faults_of_period(place ~ field, step[field]) -%}
        {%- if is_first -%}
            {%- do found.append(place ~ field ~ ': the first step waits for none; allowed from the second step on') -%}
        {%- elif order == 'any' -%}
            {%- do found.append(place ~ field ~ ': needs an order; allowed orders: ordered, strict') -%}
        {%- endif -%}
        {%- do faults.extend(found) -%}
        {%- if not found -%}
            {%- do seconds.update({field: shared_macros._seconds(step[field])}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if seconds | length == 2 and seconds.min_wait > seconds.max_wait -%}
        {%- do faults.append(place ~ 'min_wait: ' ~ step.min_wait ~ ' is more than max_wait ' ~ step.max_wait
            ~ '; allowed: at most max_wait') -%}
    {%- endif -%}
    {%- if step.get('optional', false) is not boolean -%}
        {%- do faults.append(place ~ 'optional: ' ~ step.optional ~ ' is none; allowed: true, false') -%}
    {%- elif step.get('optional', false) and is_first -%}
        {%- do faults.append(place ~ 'optional: the first step is never optional; allowed from the second step on') -%}
    {%- elif step.get('optional', false) and order == 'any' -%}
        {%- do faults.append(place ~ 'optional: needs an order; allowed orders: ordered, strict') -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro -%}

{#- Returns how many seconds a period has. -#}
{%- macro _seconds(period) -%}
    {%- for part, count in period.items() -%}
        {{ return(count * {'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400}[part]) }}
    {%- endfor -%}
{%- endmacro -%}
