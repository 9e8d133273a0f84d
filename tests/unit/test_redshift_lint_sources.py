"""A place in compiled SQL leads back to the line of the model or macro that it was rendered from."""

from __future__ import annotations

from dbt_regions.redshift_lint import Origin, Place, SourceText, find_origin

MODEL = "models/m.sql"


def _model(text: str) -> SourceText:
    return SourceText(MODEL, text)


def _macro(name: str, text: str, path: str = "") -> SourceText:
    return SourceText(path or f"macros/{name}.sql", text, macro=name)


def _origin(compiled: str, word: str, model: str, *macros: SourceText, nth: int = 1) -> Origin:
    offset = -1
    for _ in range(nth):
        offset = compiled.index(word, offset + 1)
    return find_origin(compiled, offset, _model(model), macros)


def test_own_text_is_found_to_the_column() -> None:
    """Text of the model itself is reported where it stands there, however much Jinja comes before it."""
    model = "{{ config(\n    alias='x'\n) }}\nwith a as (\n    {{ rows() }}\n)\nselect sum(b) filter (where c) from a"
    compiled = "\nwith a as (\n    select 1 as b\n    union all\n    select 2\n)\nselect sum(b) filter (where c) from a"
    origin = _origin(compiled, "filter", model)
    assert origin == Origin(Place(MODEL, 7, 15), None, "", exact=True)


def test_text_of_a_macro_is_found_there_and_at_its_call() -> None:
    """Text that a macro wrote is reported at the macro's line and at the Jinja of the model that called it."""
    macro = _macro(
        "totals",
        "{%- macro totals(of) -%}\n    select\n        string_agg({{ of }}, ',') as list\n    from t\n"
        "{%- endmacro -%}\n",
    )
    model = "with a as (\n\n    {{ totals('b') }}\n\n)\n\nselect * from a"
    compiled = "with a as (\n\n    select\n        string_agg(b, ',') as list\n    from t\n\n)\n\nselect * from a"
    origin = _origin(compiled, "string_agg", model, macro)
    assert origin == Origin(Place(MODEL, 3, 5), Place("macros/totals.sql", 3, 9), "totals", exact=True)


def test_a_loop_of_the_model_is_one_place() -> None:
    """What a loop wrote several times is reported at its one line, in each of its turns."""
    model = (
        "select\n{% for s in ['a', 'b', 'c'] %}\n    sum(x) filter (where k = '{{ s }}') as n_{{ s }},\n{% endfor %}\n"
        "    1 as one\nfrom t"
    )
    turns = "".join(f"\n    sum(x) filter (where k = '{step}') as n_{step},\n" for step in "abc")
    for nth in (1, 2, 3):
        origin = _origin(f"select\n{turns}\n    1 as one\nfrom t", "filter", model, nth=nth)
        assert origin == Origin(Place(MODEL, 3, 12), None, "", exact=True), nth


def test_a_loop_of_a_macro_is_one_place() -> None:
    """A loop inside a macro leads to the macro's line and to the call, in each of its turns."""
    macro = _macro(
        "steps",
        "{% macro steps() %}\n{% for s in ['a', 'b'] %}\n    max(x order by {{ s }}) as m_{{ s }},\n{% endfor %}\n"
        "{% endmacro %}",
    )
    model = "select\n    {{ steps() }}\n    1 as one\nfrom t"
    compiled = "select\n    \n    max(x order by a) as m_a,\n\n    max(x order by b) as m_b,\n\n    1 as one\nfrom t"
    for nth in (1, 2):
        origin = _origin(compiled, "order", model, macro, nth=nth)
        assert origin == Origin(Place(MODEL, 2, 5), Place("macros/steps.sql", 3, 11), "steps", exact=True), nth


def test_a_nested_macro_is_named_not_the_one_that_calls_it() -> None:
    """Text of an inner macro is reported in the inner macro, and at the model's call of the outer one."""
    inner = _macro("share", "{% macro share(a, b) %}\nstring_agg({{ a }}, '/') || {{ b }}\n{% endmacro %}")
    outer = _macro(
        "shares",
        "{% macro shares() %}\nselect\n    {{ share('x', 'y') }} as xy,\n    now() as at\nfrom t\n{% endmacro %}",
    )
    model = "with s as ({{ shares() }})\nselect xy from s"
    compiled = "with s as (\nselect\n    string_agg(x, '/') || y as xy,\n    now() as at\nfrom t\n)\nselect xy from s"
    origin = _origin(compiled, "string_agg", model, outer, inner)
    assert origin == Origin(Place(MODEL, 1, 12), Place("macros/share.sql", 2, 1), "share", exact=True)


def test_the_same_text_twice_is_told_apart_by_its_order() -> None:
    """Of two equal lines in a model, each finding names its own."""
    line = "    sum(x) filter (where y),\n"
    text = f"select\n{line}{line}    1 as one\nfrom t"
    assert _origin(text, "filter", text, nth=1).place == Place(MODEL, 2, 12)
    assert _origin(text, "filter", text, nth=2).place == Place(MODEL, 3, 12)


def test_the_same_text_in_model_and_macro_is_told_apart() -> None:
    """Where a model and a macro hold the same words, what surrounds them says whose they are."""
    macro = _macro("part", "{% macro part() %}\nselect cast(a as text) as b from u\n{% endmacro %}")
    model = "with p as ({{ part() }}),\nq as (select cast(a as text) as c from t)\nselect * from q"
    compiled = (
        "with p as (\nselect cast(a as text) as b from u\n),\n"
        "q as (select cast(a as text) as c from t)\nselect * from q"
    )
    assert _origin(compiled, "text", model, macro, nth=1).macro == Place("macros/part.sql", 2, 18)
    assert _origin(compiled, "text", model, macro, nth=2) == Origin(Place(MODEL, 2, 24), None, "", exact=True)


def test_a_macro_of_a_package_is_found_in_its_file() -> None:
    """A macro of dbt_utils leads to its file, to the line that it has there, not to the one within the macro."""
    file = (
        "{# a first line #}\n\n{%- macro safe_divide(n, d) -%}\n({{ n }}) / nullif_of({{ d }}, 0)\n{%- endmacro -%}\n"
    )
    start = file.index("{%- macro")
    macro = SourceText("packages/dbt_utils/safe_divide.sql", file, start, len(file) - 1, "safe_divide")
    model = "select\n    {{ dbt_utils.safe_divide('a', 'b') }} as rate\nfrom t"
    origin = _origin("select\n    (a) / nullif_of(b, 0) as rate\nfrom t", "nullif_of", model, macro)
    assert origin == Origin(
        Place(MODEL, 2, 5), Place("packages/dbt_utils/safe_divide.sql", 4, 13), "safe_divide", exact=True
    )


def test_dbts_own_macro_is_named_without_a_place() -> None:
    """A macro of dbt itself is named; its file is nobody's to repair, so no place is given."""
    macro = SourceText(
        "",
        "{% macro cast_bool_to_text(f) %}\ncase when {{ f }} then 'true' end::text\n{% endmacro %}",
        macro="dbt.cast_bool",
    )
    model = "select {{ dbt.cast_bool_to_text('a > b') }} as c from t"
    origin = _origin("select \ncase when a > b then 'true' end::text\n as c from t", "text", model, macro)
    assert origin == Origin(Place(MODEL, 1, 8), None, "dbt.cast_bool", exact=True)


def test_sql_in_an_argument_is_the_models() -> None:
    """SQL that a model hands to a macro as a string is reported inside that string."""
    macro = _macro(
        "rate", "{% macro rate(a, b) %}\ncast(({{ a }}) / nullif({{ b }}, 0) as numeric(18, 6))\n{% endmacro %}"
    )
    model = "select\n    {{ rate('sum(x) filter (where y)', 'z') }} as r\nfrom t"
    compiled = "select\n    \ncast((sum(x) filter (where y)) / nullif(z, 0) as numeric(18, 6))\n as r\nfrom t"
    origin = _origin(compiled, "filter", model, macro)
    assert origin == Origin(Place(MODEL, 2, 21), None, "", exact=True)


def test_the_call_is_the_one_of_several() -> None:
    """With several calls side by side, the finding names the call that wrote the text."""
    macro = _macro("old", "{% macro old(a) %}\nevery({{ a }})\n{% endmacro %}")
    model = "select\n    {{ new('a') }} as a,\n    {{ old('b') }} as b,\n    {{ new('c') }} as c\nfrom {{ ref('t') }}"
    compiled = 'select\n    bool_and(a) as a,\n    \nevery(b)\n as b,\n    bool_and(c) as c\nfrom "t"'
    assert _origin(compiled, "every", model, macro).place == Place(MODEL, 3, 5)


def test_what_is_in_no_text_is_said_to_be_unknown() -> None:
    """SQL that comes from data, such as a variable, is never given a made-up place: the call, or the first line."""
    model = "select a\nfrom t\nwhere {{ var('condition') }} and b = 1"
    compiled = "select a\nfrom t\nwhere every(c) and b = 1"
    origin = _origin(compiled, "every", model, _macro("other", "{% macro other() %}select every_day{% endmacro %}"))
    assert origin == Origin(Place(MODEL, 3, 7), None, "", exact=False)
    assert _origin("every(c)", "every", "{{ x }}") == Origin(Place(MODEL, 1, 1), None, "", exact=False)


def test_two_macros_with_the_same_text_name_none() -> None:
    """Where two macros could have written it, neither is named; the call is still known."""
    text = "{% macro one() %}\nselect every(a) from t\n{% endmacro %}"
    model = "with x as ({{ one() }})\nselect * from x"
    compiled = "with x as (\nselect every(a) from t\n)\nselect * from x"
    origin = _origin(compiled, "every", model, _macro("one", text), _macro("two", text.replace("one", "two")))
    assert origin == Origin(Place(MODEL, 1, 12), None, "", exact=False)


def test_a_branch_that_was_not_rendered_takes_nothing_from_a_macro() -> None:
    """Text of the model's other branch, much like the macro's, does not pass for where the text came from."""
    macro = _macro("label", "{% macro label() %}\ncast(a as text) as b\n{% endmacro %}")
    model = "select {% if x %}{{ label() }}{% else %}cast(z as text) as b{% endif %} from t"
    origin = _origin("select \ncast(a as text) as b\n from t", "text", model, macro)
    assert origin == Origin(Place(MODEL, 1, 18), Place("macros/label.sql", 2, 11), "label", exact=True)


def test_two_places_in_one_macro_name_the_macro_only() -> None:
    """Where a macro has the same text twice, the macro is named and no line of it."""
    macro = _macro(
        "m",
        "{% macro m() %}{% if a %}\nselect every(x) from t\n{% else %}\nselect every(x) from t\n{% endif %}",
    )
    origin = _origin(
        "with c as (\nselect every(x) from t\n)\nselect 1", "every", "with c as ({{ m() }})\nselect 1", macro
    )
    assert origin == Origin(Place(MODEL, 1, 12), None, "m", exact=True)


def test_words_beyond_jinja_tell_lines_apart() -> None:
    """Of two lines of a macro that differ only after a piece of Jinja, the right one is named."""
    macro = _macro(
        "m",
        "{% macro m(p) %}\nmax({{ p }} order by x) + {{ p }} * 2,\nmax({{ p }} order by x) + {{ p }} * 3\n",
    )
    compiled = "select\nmax(y order by x) + y * 2,\nmax(y order by x) + y * 3\nfrom t"
    for nth in (1, 2):
        origin = _origin(compiled, "order", "select {{ m('y') }}\nfrom t", macro, nth=nth)
        assert origin.macro == Place("macros/m.sql", nth + 1, 13), nth


def test_a_place_after_the_end_never_crashes() -> None:
    """A place outside the SQL, or empty texts, give the model's first line."""
    assert find_origin("select 1", 99, _model(""), ()) == Origin(Place(MODEL, 1, 1), None, "", exact=False)
    assert find_origin("", 0, _model("select 1"), ()) == Origin(Place(MODEL, 1, 1), None, "", exact=False)
