-- One row the columns that get an index.
with final as (

    select '{{ shared_macros.indexes(['a', 'b']) | map(attribute='columns') | map('join', '+') | join(',') }}' as indexed

)

select * from final
