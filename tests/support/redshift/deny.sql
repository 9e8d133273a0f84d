-- At run time too: dbt's role here is no superuser, and these functions, which Redshift lacks or means otherwise (decode),
-- are not its to call. https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-functions.html
do $$
declare
    denied record;
begin
    for denied in
        select oid::regprocedure::text as signature
        from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and prokind <> 'p' and proname = any (array[
            'string_agg', 'array_agg', 'generate_series', 'generate_subscripts', 'unnest', 'every', 'corr', 'covar_pop',
            'covar_samp', 'regr_slope', 'regr_intercept', 'json_agg', 'jsonb_agg', 'json_object_agg', 'jsonb_object_agg',
            'json_build_object', 'jsonb_build_object', 'jsonb_extract_path_text', 'to_json', 'to_jsonb', 'row_to_json',
            'clock_timestamp', 'transaction_timestamp', 'justify_days', 'justify_hours', 'justify_interval', 'div',
            'width_bucket', 'setseed', 'bit_length', 'overlay', 'encode', 'decode', 'format', 'quote_nullable',
            'regexp_match', 'regexp_matches', 'regexp_split_to_array', 'regexp_split_to_table', 'concat_ws', 'age',
            'make_date', 'make_interval', 'make_timestamp', 'date_bin', 'mode', 'num_nonnulls', 'num_nulls',
            'gen_random_uuid', 'string_to_array', 'array_length', 'array_to_string', 'to_tsvector'
        ])
    loop
        execute format('revoke execute on function %s from public', denied.signature);
    end loop;
end
$$;
