-- One row a source table of the declared inputs: what it holds now.
with final as (

    {{ shared_macros.observed_loads() }}

)

select * from final
