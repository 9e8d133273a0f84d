"""The functions, operators, types, commands and reserved words of Redshift, as closed lists.

Derived from Amazon's Redshift Database Developer Guide, not from a cluster: functions, types and commands from the
index pages (c_SQL_functions and its chapters, c_Supported_data_types, c_SQL_commands) in Amazon's public source of the
guide, as it stood in April 2023; the reserved words from a newer stored copy of r_pg_keywords. Functions and types that
came later are missing until somebody adds them with their page. Left out on purpose: spatial functions, machine
learning, and functions that change the shape of SUPER values. Which functions PostgreSQL has too was read from the
catalog of PostgreSQL 18. stddev and variance stand for their _samp forms, as those pages tell.
"""

from __future__ import annotations

from dbt_regions.redshift_lint.words import word_set

BOTH = word_set("""
    ascii btrim character_length char_length chr concat initcap left length lower lpad ltrim octet_length position
    quote_ident quote_literal regexp_count regexp_instr regexp_replace regexp_substr repeat replace reverse right
    rpad rtrim split_part strpos substr substring translate trim upper avg count max min percentile_cont
    percentile_disc stddev stddev_pop stddev_samp sum var_pop var_samp variance any_value bit_and bit_or bool_and
    bool_or cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
    date_part date_trunc extract timeofday timezone to_timestamp abs acos asin atan atan2 cbrt ceil ceiling cos cot
    degrees exp floor ln log mod pi pow power radians random round sign sin sqrt tan trunc cast coalesce greatest
    least nullif to_char to_date to_number md5 current_database current_schema current_schemas current_setting
    has_database_privilege has_schema_privilege has_table_privilege pg_backend_pid pg_cancel_backend
    pg_terminate_backend set_config version
""")
"""Functions that Redshift and PostgreSQL both have under the same name.

Some take other arguments, or read them otherwise: ARGUMENTS and DATE_PARTS say what both take, as far as their pages
tell, and concat and regexp_replace are refused. The types of arguments are not looked at.
"""

ARGUMENTS: dict[str, tuple[int, int]] = {
    "lag": (1, 2), "lead": (1, 2), "to_timestamp": (2, 3), "date_trunc": (2, 2), "trim": (1, 1), "random": (0, 0),
    "regexp_substr": (2, 5), "regexp_instr": (2, 6),
}  # fmt: skip
"""The fewest and the most arguments of functions that PostgreSQL calls in more ways than Redshift."""

REDSHIFT_ONLY = word_set("""
    bpcharcmp bttext_pattern_cmp charindex collate crc32 difference len octetindex replicate soundex strtol textlen
    listagg median ratio_to_report add_months convert_timezone date_cmp date_cmp_timestamp date_cmp_timestamptz
    date_part_year dateadd datediff getdate interval_cmp last_day months_between next_day sysdate timestamp_cmp
    timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp dexp
    dlog1 dlog10 can_json_parse is_valid_json is_valid_json_array json_array_length json_extract_array_element_text
    json_extract_path_text json_parse json_serialize json_serialize_to_varbyte json_size json_typeof checksum
    farmfingerprint64 fnv_hash func_sha1 murmur3_32_hash sha sha1 sha2 convert decode nvl nvl2 text_to_int_alt
    text_to_numeric_alt hll hll_cardinality hll_combine hll_combine_sketches hll_create_sketch from_hex from_varbyte
    getbit to_hex to_varbyte current_aws_account current_namespace current_user_id default_iam_role
    has_assumerole_privilege pg_get_cols pg_get_grantee_by_iam_role pg_get_iam_role_by_user
    pg_get_late_binding_view_cols pg_last_copy_count pg_last_copy_id pg_last_query_id pg_last_unload_count
    pg_last_unload_id role_is_member_of slice_num user_is_member_of change_query_priority change_session_priority
    change_user_priority reboot_cluster
""")
"""Functions that PostgreSQL lacks, or (decode, convert, crc32, the JSON ones) has with another meaning."""

ALLOWLIST = BOTH | REDSHIFT_ONLY

UNSUPPORTED = word_set("""
    string_agg array_agg every xml_agg xmlagg corr covar_pop covar_samp regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy clock_timestamp justify_days justify_hours
    justify_interval pg_sleep transaction_timestamp div setseed width_bucket bit_length overlay convert_from
    convert_to encode format quote_nullable regexp_matches regexp_split_to_array regexp_split_to_table
""")
"""Functions that the page of unsupported functions names."""

SET_RETURNING = word_set("generate_series generate_subscripts unnest")

LEADER_NODE = word_set("current_schema current_schemas has_database_privilege has_schema_privilege has_table_privilege")
"""Functions of the leader node that are fine in a query without tables."""

LEADER_NODE_DEPRECATED = word_set("age current_time current_timestamp localtime localtimestamp isfinite now")
"""Functions of the leader node that Amazon calls deprecated: they fail in a query on tables."""

SESSION_WORDS = word_set("current_role current_catalog current_schema system_user")
"""Words that are a value in PostgreSQL; on Redshift they are a column's name, or a function that wants brackets."""

WITHOUT_BRACKETS = word_set("current_time current_timestamp localtime localtimestamp")

FRAMED = word_set("""
    avg count first_value last_value max min nth_value stddev stddev_pop stddev_samp sum var_pop var_samp variance
""")
"""Window functions that need a frame where they have an ORDER BY."""

NO_FUNCTIONS = word_set("""
    all and any as between by case check compound conflict cross cube default distinct distkey else end except
    exists filter from full group having ilike in inner insert interleaved intersect interval into is join key
    lateral left like not null on or order outer over partition primary references right rollup select set sets some
    sortkey then union unique unload update using values when where with within materialized recursive row array
    similar to
""") - word_set("left right")
"""Words before a bracket that are no function: keywords, and what rules of their own judge."""

WEEKS = word_set("week weeks w")

_WHOLE_PARTS = WEEKS | word_set("""
    millennium millennia mil mils century centuries c cent cents decade decades dec decs year years y yr yrs quarter
    quarters qtr qtrs month months mon mons day days d hour hours h hr hrs minute minutes m min mins
""")
_SECONDS = word_set("second seconds s sec secs")
_FRACTIONS = word_set("""
    millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon microsecond microseconds
    microsec microsecs usecond useconds us usec usecs
""")
_WEEKDAYS = word_set("dayofweek dow dw weekday")

DATE_PARTS = {
    "extract": _WHOLE_PARTS | _WEEKDAYS | word_set("""
        epoch dayofyear doy dy yearday timezone timezone_hour timezone_minute
    """),
    "date_part": _WHOLE_PARTS | _SECONDS | _WEEKDAYS,
    "date_trunc": _WHOLE_PARTS | _SECONDS | _FRACTIONS,
    "dateadd": _WHOLE_PARTS | _SECONDS | _FRACTIONS,
    "datediff": _WHOLE_PARTS | _SECONDS | _FRACTIONS,
}  # fmt: skip
"""The date parts of each function, from r_Dateparts_for_datetime_functions and r_DATE_TRUNC.

Left out where that page says that Redshift computes something else: extract(second ...) drops the fraction there, and
date_part('milliseconds', ...) returns seconds.
"""

TYPES = word_set("""
    smallint int2 integer int int4 bigint int8 decimal numeric real float4 float8 float boolean bool char character
    nchar bpchar varchar nvarchar text date time timetz timestamp timestamptz super varbyte varbinary binary
    hllsketch geometry geography
""")

TYPES_OF_REDSHIFT_ONLY = word_set("nchar nvarchar super varbyte varbinary binary hllsketch geometry geography")

LONGEST = {"varchar": 65535, "nvarchar": 65535, "char": 4096, "character": 4096, "nchar": 4096, "bpchar": 4096,
           "varbyte": 16777216, "varbinary": 16777216, "binary": 16777216}  # fmt: skip
"""Types with a length, and the longest that Redshift takes."""

MOST_DIGITS, MOST_DECIMALS = 38, 37
"""The greatest precision and scale of numeric."""

UNSUPPORTED_TYPES = word_set("""
    array json jsonb uuid bit varbit bytea money serial serial2 serial4 serial8 bigserial smallserial xml hstore
    inet cidr macaddr macaddr8 point line lseg box path polygon circle tsvector tsquery txid_snapshot pg_lsn oid
    regclass regtype regproc name interval int4range int8range numrange tsrange tstzrange daterange int4multirange
    int8multirange nummultirange tsmultirange tstzmultirange datemultirange
""")

OPERATORS = word_set("+ - * / % ^ |/ ||/ @ & | # << >> || = <> != < > <= >= ~ !~ :: .. . , ( ) [ ] ;")

COMMANDS = word_set("""
    abort alter analyze attach begin call cancel close comment commit copy create deallocate declare delete desc
    detach drop end execute explain fetch grant insert lock merge prepare refresh reset revoke rollback select set
    show start truncate unload update use vacuum with
""")

COMMANDS_OF_REDSHIFT_ONLY = word_set("attach cancel desc detach unload use")

OBJECTS = word_set("""
    database datashare external function group identity library masking materialized model procedure rls role schema
    table user view
""")
"""What CREATE, ALTER and DROP may name, after words such as `or replace` and `temporary`."""

SYSTEM_COLUMNS = word_set("oid tableoid xmin cmin xmax cmax ctid")

RESERVED = word_set("""
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup between binary
    blanksasnull both bytedict bzip2 case cast check collate column constraint create credentials cross current_date
    current_time current_timestamp current_user current_user_id default deferrable deflate defrag delta delta32k
    desc disable distinct do else emptyasnull enable encode encrypt encryption end except explicit false for foreign
    freeze from full globaldict256 globaldict64k grant group gzip having identity ignore ilike in initially inner
    intersect interval into is isnull join leading left like limit localtime localtimestamp lun luns lzo lzop minus
    mostly16 mostly32 mostly8 natural new not notnull null nulls off offline offset oid old on only open or order
    outer overlaps parallel partition percent permissions pivot placing primary raw readratio recover references
    rejectlog resort respect restore right select session_user similar snapshot some sysdate system table tag tdes
    text255 text32k then timestamp to top trailing true truncatecolumns union unique unnest unpivot user using
    verbose wallet when where with without
""")
