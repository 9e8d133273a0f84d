{#- No portable function names a column's type, and the catalog joins no table on Redshift. So a value is read twice, as
    it is and as the type that it has in common with the sentinel: the texts are the same if the types are. -#}
{% test sentinel_type(model, valid_to='dbt_valid_to', sentinel="cast('9999-12-31' as timestamp)") %}

{%- set common_valid_to = 'case when ' ~ valid_to ~ ' is null then ' ~ sentinel ~ ' else ' ~ valid_to ~ ' end' -%}
{%- set common_sentinel = 'case when ' ~ valid_to ~ ' is null then ' ~ valid_to ~ ' else ' ~ sentinel ~ ' end' %}

with final as (

    select * from {{ model }}
    where
        {{ valid_to }} is null
        or {{ valid_to }} > {{ sentinel }}
        {#- A time zone may have shifted it by up to fourteen hours. #}
        or ({{ valid_to }} < {{ sentinel }} and {{ valid_to }} > {{ dbt.dateadd('day', -1, sentinel) }})
        or cast({{ valid_to }} as varchar(64)) <> cast({{ common_valid_to }} as varchar(64))
        or cast({{ sentinel }} as varchar(64)) <> cast({{ common_sentinel }} as varchar(64))

)

select * from final

{% endtest %}
