"""Splits SQL into words with their exact places, and words into statements. Knows no rule.

A lexer of our own, since sqlglot's tokens merge words (`at time zone`) and forget how a string was quoted. It never
fails: text that cannot be read, such as a string without an end, becomes a word of kind `broken`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "quoted", "string", "odd string", "number", "sign", "bind", "broken"]

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<odd_string>(?:[eE]|[uU]&|[bB]|[xX])'(?:[^']|'')*'|(?P<dollar>\$(?:[A-Za-z_]\w*)?\$).*?(?P=dollar))
    | (?P<bind>\$\d+)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<broken>['"]|/\*|\$)
    | (?P<sign>::|:=|[()\[\],;.:{}]|(?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DRIVER_BIND = re.compile(r"%\(\w+\)s\b|%s\b")
_OPERAND = ("quoted", "string", "odd string", "number", "bind")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text that blanks part, to look words up in."""
    return frozenset(text.split())


_NO_OPERANDS = word_set(
    "select limit offset and or not then else when like ilike in between values where to by from on set"
)
_MAKES_AN_OPERATOR = frozenset("~!@#%^&|`?")


@dataclass(frozen=True)
class Word:
    """One word, sign, string or number: `key` is its lower-case text, empty where no keyword or sign can stand."""

    kind: Kind
    text: str
    key: str
    start: int

    @property
    def end(self) -> int:
        """The place after its last letter."""
        return self.start + len(self.text)


def read_words(sql: str) -> tuple[Word, ...]:
    """Return the words of SQL, without blanks and comments; driver bind placeholders count as one word."""
    words: list[Word] = []
    place = 0
    while place < len(sql):
        bind = _DRIVER_BIND.match(sql, place)
        if bind and not _ends_an_operand(words[-1:]):
            words.append(Word("bind", bind.group(), "", place))
            place = bind.end()
            continue
        match = _TOKEN.match(sql, place)
        if match is None:  # unreachable: the last alternative takes any letter
            break
        words.extend(_words_of(match))
        place = match.end() if not words or words[-1].kind != "broken" else len(sql)
    return tuple(words)


def is_template(text: str) -> bool:
    """Return whether a text holds Jinja outside of strings and comments, and so is no SQL before dbt renders it."""
    return any(word.key == "{" and text[word.end : word.end + 1] in ("{", "%", "#") for word in read_words(text))


def _ends_an_operand(last: list[Word]) -> bool:
    if not last:
        return False
    return last[0].kind in _OPERAND or last[0].key == ")" or _is_name(last[0])


def _is_name(word: Word) -> bool:
    return word.kind == "word" and word.key not in _NO_OPERANDS


def _words_of(match: re.Match[str]) -> Iterator[Word]:
    group = next(name for name, text in match.groupdict().items() if text is not None and name != "dollar")
    text, start = match.group(), match.start()
    if group == "blank":
        return
    if group == "sign":
        for sign in _signs(text):
            yield Word("sign", sign, sign, start)
            start += len(sign)
    elif group == "odd_string":
        yield Word("odd string", text, "", start)
    else:
        yield Word(group, text, text.lower() if group == "word" else "", start)  # type: ignore[arg-type]  # the pattern's groups are named as the kinds


def _signs(text: str) -> tuple[str, ...]:
    """Split a run of operator letters as PostgreSQL does: `=-` is two operators, `@-` is one."""
    cut = len(text)
    while cut > 1 and text[cut - 1] in "+-" and not _MAKES_AN_OPERATOR & set(text[:cut]):
        cut -= 1
    return (text[:cut], *text[cut:])


@dataclass(frozen=True)
class Statement:
    """The words of one statement; `opener[i]` is the index of the bracket around word i (-1: none around it)."""

    words: tuple[Word, ...]
    opener: tuple[int, ...]
    closer: dict[int, int]

    def key(self, index: int) -> str:
        """Return the key of the word at an index, empty outside the statement."""
        return self.words[index].key if 0 <= index < len(self.words) else ""

    def inside(self, opener: int) -> Iterator[int]:
        """Yield the indexes of the words directly inside a bracket, not those of brackets within it."""
        last = self.closer.get(opener, len(self.words))
        yield from (index for index in range(opener + 1, last) if self.opener[index] == opener)

    def arguments(self, opener: int) -> int:
        """Return how many arguments a bracket holds."""
        inside = list(self.inside(opener))
        return 1 + sum(self.key(index) == "," for index in inside) if inside else 0

    def matches(self, index: int, pattern: str) -> bool:
        """Return whether the words from an index on are those of a pattern; `|` parts choices, `#` is any number."""
        return all(self._is(index + offset, choices) for offset, choices in enumerate(pattern.split()))

    def _is(self, index: int, choices: str) -> bool:
        if not 0 <= index < len(self.words):
            return False
        number = self.words[index].kind == "number"
        return any(choice == "#" if number else choice == self.key(index) for choice in choices.split("|"))


def read_statements(words: tuple[Word, ...]) -> tuple[Statement, ...]:
    """Return the statements of words, which semicolons part; empty ones are left out."""
    parts: list[list[Word]] = [[]]
    for word in words:
        if word.key == ";":
            parts.append([])
        else:
            parts[-1].append(word)
    return tuple(_statement(tuple(part)) for part in parts if part)


def _statement(words: tuple[Word, ...]) -> Statement:
    opener: list[int] = []
    closer: dict[int, int] = {}
    around: list[int] = []
    for index, word in enumerate(words):
        if word.key in (")", "]") and around:
            closer[around.pop()] = index
        opener.append(around[-1] if around else -1)
        if word.key in ("(", "["):
            around.append(index)
    return Statement(words, tuple(opener), closer)


def line_and_column(text: str, place: int) -> tuple[int, int]:
    """Return the line and column, from 1, of a place in a text."""
    line_start = text.rfind("\n", 0, place) + 1
    return text.count("\n", 0, place) + 1, place - line_start + 1


def place_of_line(text: str, line: int, column: int) -> int:
    """Return the place in a text of a line and column, from 1."""
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
