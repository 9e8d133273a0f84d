"""The text of every rule: code, what is wrong, the remedy, the page of Amazon's guide, and where the rule comes from.

A page is named as in `docs.aws.amazon.com/redshift/latest/dg/<page>.html` and stands only where that page says the rule
itself. Where Amazon says nothing, the page is empty and the last text tells honestly what the rule rests on.
"""

from __future__ import annotations

Row = tuple[str, str, str, str, str]

_SAID = "said by that page"
_NO_SELECT = "absent from the grammar of SELECT (r_SELECT_synopsis)"
_FUNCTIONS, _FEATURES = "c_unsupported-postgresql-functions", "c_unsupported-postgresql-features"
_WINDOW, _CHARACTER = "c_Window_functions", "r_Character_types"
_NUMERIC = "r_Numeric_types201"

REDSHIFT: tuple[Row, ...] = (
    ("RS101", "function that Redshift does not support", "use another function, or a macro with a redshift__ variant",
     _FUNCTIONS, _SAID),
    ("RS102", "function that is not on our list of Redshift's functions", "use a listed one, or add it with its page",
     "", "absent from Amazon's function index (c_SQL_functions)"),
    ("RS103", "set-returning function", "join digits, as the macro calendar_days does", _FUNCTIONS, _SAID),
    ("RS104", "function as a table", "select from a table or a subquery", _FEATURES, _SAID),
    ("RS105", "aggregate with FILTER", "write sum(case when ... end)",
     "", "convention: absent from Amazon's pages of aggregate functions; django-redshift-backend marks it unsupported"),
    ("RS106", "ORDER BY inside an aggregate's brackets", "use dbt.listagg, which renders WITHIN GROUP",
     "", "absent from the grammar of the aggregate functions (c_Aggregate_Functions)"),
    ("RS107", "DISTINCT ON", "number the rows with row_number() and keep the first", "", _NO_SELECT),
    ("RS108", "LATERAL join", "write a plain join or a window function",
     "", "absent from the grammar of FROM (r_FROM_clause30)"),
    ("RS109", "array or subscript", "keep one value a row", _FEATURES, _SAID),
    ("RS110", "IS [NOT] DISTINCT FROM", "spell out the null cases: a <> b or (a is null and ...)",
     _FUNCTIONS, _SAID),
    ("RS111", "named window", "write the window out in each OVER (...)",
     "", "absent from the grammar of window functions (c_Window_functions)"),
    ("RS112", "window frame other than ROWS", "write ROWS, or join the days that the frame means", _WINDOW, _SAID),
    ("RS113", "frame offset that is no whole number", "write a number, such as 6 preceding", _WINDOW, _SAID),
    ("RS114", "ordered window aggregate without a frame",
     "add rows between unbounded preceding and current row, or the frame that is meant", _WINDOW, _SAID),
    ("RS115", "constant in a window's PARTITION BY or ORDER BY", "order by a column", _WINDOW, _SAID),
    ("RS116", "NULLS FIRST or LAST in a window", "order by a case expression first",
     _FEATURES, "said by that page; c_Window_functions shows the clause: Amazon contradicts itself, so avoid it"),
    ("RS117", "VALUES list as a table", "write select ... union all select ...", _FEATURES, _SAID),
    ("RS118", "TABLESAMPLE", "filter by a hash of the key", "", _NO_SELECT),
    ("RS119", "FETCH FIRST", "write limit", "", _NO_SELECT),
    ("RS120", "row lock (FOR UPDATE, FOR SHARE)", "leave it out", "", _NO_SELECT),
    ("RS121", "EXCEPT ALL or INTERSECT ALL", "count the rows by key on both sides and compare",
     "", "absent from the grammar of UNION, INTERSECT and EXCEPT (r_UNION)"),
    ("RS122", "row constructor", "compare or select column by column", _FEATURES, _SAID),
    ("RS123", "[NOT] MATERIALIZED in WITH", "leave the word out",
     "", "absent from the grammar of WITH (r_WITH_clause)"),
    ("RS124", "INSERT, UPDATE or DELETE in WITH", "run it as a statement of its own", "r_WITH_clause", _SAID),
    ("RS125", "RETURNING", "select the rows in a statement of its own",
     "", "absent from the grammar of INSERT, UPDATE and DELETE (r_INSERT_30, r_UPDATE, r_DELETE)"),
    ("RS126", "ON CONFLICT", "use an incremental model with a unique key",
     "", "absent from the grammar of INSERT (r_INSERT_30)"),
    ("RS127", "operator that is not on our list of Redshift's operators", "use a function that both dialects have",
     "", "absent from Amazon's operator pages (r_OPERATOR_SYMBOLS, pattern-matching-conditions-posix)"),
    ("RS128", "string that is not written 'so'", "write it in single quotes",
     "", "convention: Amazon shows $$ for bodies of functions only (r_CREATE_FUNCTION), and no E'', B'' or X''"),
    ("RS129", "COLLATE", "compare lower(...) with lower(...)", _FEATURES, _SAID),
    ("RS130", "time zone that is no string", "use shared_macros.business_date or shared_macros.to_utc",
     "r_AT_TIME_ZONE", "the page's grammar has a string there"),
    ("RS131", "function of the leader node in a query on tables", "use shared_macros.current_utc() for the time",
     "c_SQL_functions_leader_node_only", _SAID),
    ("RS132", "concat, which is null on Redshift where PostgreSQL leaves a null out", "write a || b || c",
     "r_CONCAT", "said by that page, which takes two arguments only; PostgreSQL's manual says that it ignores nulls"),
    ("RS133", "LISTAGG, PERCENTILE_CONT or MEDIAN with different orders in one select", "give each a CTE of its own",
     "r_LISTAGG", _SAID),
    ("RS134", "correlated subquery that Redshift cannot take apart", "write it as a join",
     "r_correlated_subqueries", _SAID),
    ("RS135", "MERGE with an alias of its target", "name the table itself", "r_MERGE", _SAID),
    ("RS136", "MERGE with a condition in WHEN", "filter the source first", "r_MERGE", _SAID),
    ("RS137", "MERGE without one WHEN MATCHED and one WHEN NOT MATCHED", "write both",
     "r_MERGE", "said by that page's grammar; newer pages put both into brackets together"),
    ("RS138", "MERGE whose source is no table", "write the source into a temporary table first", "r_MERGE", _SAID),
    ("RS139", "cast of a truth value to text", "use dbt.cast_bool_to_text",
     "", "convention: dbt-redshift ships a macro of its own for it"),
    ("RS140", "statement that is not on our list of Redshift's commands", "write it as dbt does",
     "", "absent from Amazon's list of SQL commands (c_SQL_commands)"),
    ("RS141", "index, trigger, sequence, domain, extension or other object that Redshift lacks", "leave it out",
     _FEATURES, _SAID),
    ("RS142", "CHECK or EXCLUDE constraint", "write a data test", _FEATURES, _SAID),
    ("RS143", "arguments that Redshift does not take", "write it with what both take, such as a case expression",
     "", "absent from the syntax on the function's page (c_SQL_functions)"),
    ("RS144", "date part that is not on our list, or that Redshift computes otherwise",
     "use one of the list, such as day, month, dow",
     "r_Dateparts_for_datetime_functions", _SAID),
    ("RS145", "session word that Redshift lacks", "write current_schema(), current_database() or current_user",
     "", "absent from Amazon's page of system information functions (r_System_information_functions)"),
    ("RS146", "clause that Redshift's grammar lacks", "spell it out: two comparisons, a list, a join, a name",
     "", _NO_SELECT + " and from the pages of conditions (r_range_condition, r_IN_condition)"),
    ("RS147", "option of a statement that Redshift's grammar lacks", "leave it out, or send one statement for each",
     "", "absent from the grammar on the statement's page (c_SQL_commands)"),
)  # fmt: skip

TYPES_AND_NAMES: tuple[Row, ...] = (
    ("RS201", "type that Redshift does not support",
     "use varchar(n), numeric(p, s), bigint, boolean, date or timestamp", "c_unsupported-postgresql-datatypes", _SAID),
    ("RS202", "type that is not on our list of Redshift's types", "use a listed one, or add it with its page",
     "", "absent from Amazon's list of data types (c_Supported_data_types)"),
    ("RS203", "TEXT, which is varchar(256) on Redshift", "write varchar(n) with room for n bytes", _CHARACTER, _SAID),
    ("RS204", "VARCHAR without a length: varchar(256) in a table, as long as its input in a cast",
     "write varchar(n) with room for n bytes",
     _CHARACTER, _SAID),
    ("RS205", "reserved word as a name", "choose another name, or write it in double quotes everywhere",
     "r_pg_keywords", _SAID),
    ("RS206", "week in dateadd or datediff", "count days",
     "", "convention: nobody has shown on which day a week begins there"),
    ("RS207", "name of a PostgreSQL system column", "choose another name", _FEATURES, _SAID),
    ("RS208", "NUMERIC without a precision, which is numeric(18, 0) on Redshift: no fraction", "write numeric(p, s)",
     _NUMERIC, _SAID),
    ("RS209", "parameters that Redshift's type does not take",
     "keep to varchar(65535), char(4096), numeric(38, 37), and give others none",
     "c_Supported_data_types", "said by that page's chapters on numeric, character and datetime types"),
)  # fmt: skip

_REDSHIFT_HAS = "that page has it; PostgreSQL's manual has not"

PORTABLE: tuple[Row, ...] = (
    ("RS301", "function that PostgreSQL lacks or means otherwise", "use a dbt.* macro, or a macro with both variants",
     "c_SQL_functions", _REDSHIFT_HAS),
    ("RS302", "QUALIFY", "number the rows in a CTE and filter in the next", "r_QUALIFY_clause", _REDSHIFT_HAS),
    ("RS303", "TOP", "write limit", "r_SELECT_list", _REDSHIFT_HAS),
    ("RS304", "MINUS", "write except", "r_UNION", _REDSHIFT_HAS),
    ("RS305", "IGNORE NULLS or RESPECT NULLS", "filter the nulls in a CTE first", "r_WF_LAG", _REDSHIFT_HAS),
    ("RS306", "APPROXIMATE", "count exactly", "r_COUNT", _REDSHIFT_HAS),
    ("RS307", "PIVOT, UNPIVOT, CONNECT BY, EXCLUDE or GROUP BY ALL", "spell the columns and joins out",
     "r_SELECT_synopsis", _REDSHIFT_HAS),
    ("RS308", "type that PostgreSQL lacks", "use varchar(n), numeric(p, s), bigint, boolean, date or timestamp",
     "c_Supported_data_types", _REDSHIFT_HAS),
    ("RS309", "distribution, sort key, encoding or other property of a table", "set dist, sort or bind in the config",
     "r_CREATE_TABLE_NEW", _REDSHIFT_HAS),
    ("RS310", "PERCENTILE_CONT, PERCENTILE_DISC or LISTAGG with OVER", "aggregate in a CTE and join it",
     "r_WF_PERCENTILE_CONT", _REDSHIFT_HAS),
    ("RS311", "command that PostgreSQL lacks", "leave it to the loader", "c_SQL_commands", _REDSHIFT_HAS),
    ("RS312", "regexp_replace, which replaces all on Redshift and the first match on PostgreSQL",
     "use replace, translate or split_part, or a macro with both variants",
     "REGEXP_REPLACE", "that page replaces every match and has no 'g'; PostgreSQL's manual asks for 'g' to do so"),
    ("RS313", "backslash in a string, which is an escape on Redshift and a letter on PostgreSQL",
     "use a bracket expression such as [0-9] or [.], split_part, position or chr(92)",
     "pattern-matching-conditions-posix", "that page doubles each backslash; PostgreSQL's manual does not"),
)  # fmt: skip

PROJECT: tuple[Row, ...] = (
    ("RS401", "macro variant postgres__, which dbt takes on Redshift too",
     "name it default__, and write redshift__ beside it",
     "", "dbt: dbt-redshift builds on dbt-postgres, so its dispatch prefers postgres__x to default__x"),
    ("RS402", "distribution or sort key that is no column of its node", "name one of the columns in its YAML file",
     "r_CREATE_TABLE_NEW", "that page takes column names there; PostgreSQL never sees the keys"),
)  # fmt: skip

READING: tuple[Row, ...] = (
    ("RS801", "allowance without a reason", "write redshift-lint: allow RS104 because <reason>",
     "", "convention: ours"),
    ("RS802", "allowance of an unknown rule", "dbt-regions redshift-lint --rules lists the codes",
     "", "convention: ours"),
    ("RS803", "allowance that excuses nothing", "delete it", "", "convention: ours"),
    ("RS901", "statement that cannot be read", "write it in plainer SQL: what nobody can read, nobody has checked",
     "", "convention: what is not read is not passed"),
    ("RS902", "node that cannot be compiled offline", "do not ask the warehouse while dbt compiles",
     "", "convention: what is not compiled is not passed"),
)  # fmt: skip
