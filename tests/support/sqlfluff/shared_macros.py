"""What sqlfluff sees of `shared_macros.<name>(...)`: a query, a list or an expression, as the macro's own file tells.

sqlfluff lints how SQL is written; what the macros render to is dbt's to say, in the unit tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_MACROS = Path("packages/shared_macros/macros")  # sqlfluff runs in the repository's root


class _Item(str):
    """A name that has any attribute, and one item of itself: what a definition holds."""

    __slots__ = ()

    def __getattr__(self, _: str) -> _Item:
        return _Item("an_item")

    def __iter__(self) -> Iterator[str]:
        return iter([_Item("an_item")])


class _Data(dict[str, Any]):
    """An empty dict that has any attribute."""

    def __getattr__(self, _: str) -> _Item:
        return _Item("an_item")


def __getattr__(name: str) -> Callable[..., Any]:
    """Return a stand-in of the macro `name`."""
    text = "".join(file.read_text(encoding="utf-8") for file in _MACROS.glob(f"*/{name}.sql"))
    body = text.partition(f"macro {name}(")[2].partition("endmacro")[0]
    if re.search(r"return\((\{|dict\()", body):
        return lambda *_, **__: _Data()
    if "return([" in body or f"return({name})" in body:  # a list, written there or under the macro's own name
        return lambda *_, **__: [_Item("an_item")]
    if re.search(r"^\s*(with \w+ as|with \{\{|select)\b", text, re.MULTILINE):
        return lambda *arguments, **_: "select * from " + (" cross join ".join(_relations(arguments)) or "a_relation")
    return lambda *_, **__: "an_expression"


def _relations(arguments: tuple[Any, ...]) -> list[str]:
    """Return the arguments that may name a CTE, so that one which a macro reads does not count as unused."""
    return [argument for argument in arguments if isinstance(argument, str) and argument.isidentifier()]
