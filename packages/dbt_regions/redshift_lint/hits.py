"""What a check yields: a breach at a place of the SQL, before it is told to a person."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_regions.redshift_lint.words import Statement


@dataclass(frozen=True)
class Hit:
    """A breach of a rule at a place; `text` is what stands there, `detail` what the rule's title leaves open.

    A check that does not have the written text leaves it empty and says where it ends.
    """

    code: str
    place: int
    text: str
    detail: str = ""
    end: int = 0


def hit(statement: Statement, index: int, code: str, detail: str = "", *, until: int | None = None) -> Hit:
    """Return a hit at a word of a statement, or at the words up to and with `until`."""
    words = statement.words[index : (index if until is None else until) + 1]
    return Hit(code, words[0].start, " ".join(word.text for word in words), detail)
