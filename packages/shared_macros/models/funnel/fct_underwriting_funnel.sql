-- One row an application in the underwriting funnel: how far it went, when, and until when it may go further.
with final as (

    {{ shared_macros.funnel_units(shared_macros.underwriting_funnel(), ref('int_application_events')) }}

)

select * from final
