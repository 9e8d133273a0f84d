{#- Wilson's score interval at 95 %: it stays inside 0 and 1 and holds for small counts, where the normal one does not.
    E. B. Wilson (1927), Journal of the American Statistical Association 22, 209-212. -#}
{%- macro rate_bound(successes, trials, bound) -%}
    {%- set z = 1.959964 -%}
    {%- set p = '(cast(' ~ successes ~ ' as double precision) / (' ~ trials ~ '))' -%}
    {%- set variance = '(' ~ p ~ ' * (1 - ' ~ p ~ ') + ' ~ z * z / 4 ~ ' / (' ~ trials ~ ')) / (' ~ trials ~ ')' -%}
    {%- set spread = z ~ ' * sqrt(' ~ variance ~ ')' -%}
cast(
            case
                when {{ trials }} > 0 and {{ successes }} <= {{ trials }}
                    then
                        ({{ p }} + {{ z * z / 2 }} / ({{ trials }}) {{ '-' if bound == 'low' else '+' }} {{ spread }})
                        / (1 + {{ z * z }} / ({{ trials }}))
            end as numeric(18, 6)
        )
{%- endmacro -%}
