{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}

{%- set faults = [] -%}
{%- if min_value is not none -%}
    {%- do faults.append(column_name ~ (' < ' if inclusive else ' <= ') ~ min_value) -%}
{%- endif -%}
{%- if max_value is not none -%}
    {%- do faults.append(column_name ~ (' > ' if inclusive else ' >= ') ~ max_value) -%}
{%- endif %}

select *
from {{ model }}
where {{ faults | join(' or ') if faults else '1 = 0' }}

{% endtest %}
