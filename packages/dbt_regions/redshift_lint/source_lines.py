"""Leads a place in compiled SQL back to the source that it was rendered from: a model's own text, or a macro's.

dbt keeps no map from compiled SQL to source. So the words around a place are compared with the words of every text
that may have made it, and the text with the longest run of the same words wins; where two texts agree, the model's own
wins, and where two macros agree, none does. Nothing is guessed: what cannot be told is somewhere in the macros.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from dbt_regions.redshift_lint.source_texts import GAP, Place, SourceText, Token, plain_tokens

_LONGEST_RUN = 60
_LONGEST_GAP = 80
_SHORTEST_RUN = 3
_CONTEXT = 6


@dataclass(frozen=True)
class Origin:
    """Where SQL comes from: the place in the model, and the place in the macro whose text it is.

    `macro` is None for the model's own text, and for a macro of dbt itself, which only `macro_name` then names. `exact`
    is False where nobody can tell the place in the model; then `place` is the nearest Jinja or the first line.
    """

    place: Place
    macro: Place | None
    macro_name: str
    exact: bool


def find_origin(compiled: str, offset: int, model: SourceText, macros: Sequence[SourceText]) -> Origin:
    """Return where the word at an offset of compiled SQL comes from."""
    tokens = tuple(plain_tokens(compiled, 0, len(compiled)))
    at = next((index for index, token in enumerate(tokens) if token.start + len(token.text) > offset), None)
    if at is None:
        return _unknown(model)
    alignment = _Alignment(tokens, model)
    in_macros = [(_best_run(tokens, at, macro.tokens), macro) for macro in macros]
    longest = max((run.length for run, _ in in_macros), default=0)
    own = alignment.own_run(at, longest)
    if own is not None:
        return _unknown(model) if own.at < 0 else Origin(model.place(model.tokens[own.at].start), None, "", exact=True)
    winners = [(run, macro) for run, macro in in_macros if run.length == longest > 0]
    call = _call_around(tokens, at, model, [macro.macro for _, macro in winners])
    place = Place(model.path, 1, 1) if call is None else model.place(call)
    if len(winners) != 1:
        return Origin(place, None, "", exact=False)
    run, macro = winners[0]
    there = macro.place(macro.tokens[run.at].start) if macro.path and run.at >= 0 else None
    return Origin(place, there, macro.macro, exact=call is not None)


def _unknown(model: SourceText) -> Origin:
    return Origin(Place(model.path, 1, 1), None, "", exact=False)


@dataclass(frozen=True)
class _Run:
    """The best run around a word: which token of the text it is (-1: several are as good), and how many words agree.

    No run has length 0.
    """

    at: int
    length: int


_NO_RUN = _Run(-1, 0)


def _best_run(compiled: Sequence[Token], at: int, source: Sequence[Token], among: range | None = None) -> _Run:
    best = _NO_RUN
    for index in among or range(len(source)):
        run = _run(compiled, at, source, index)
        if run.length > best.length:
            best = run
        elif run.length == best.length:
            best = _Run(-1, best.length)
    return best


def _run(compiled: Sequence[Token], at: int, source: Sequence[Token], index: int) -> _Run:
    """Return the run of equal words; none where too few words agree side by side to say that it is this text."""
    if source[index].text != compiled[at].text:
        return _NO_RUN
    left = _extend(compiled, at, source, index, -1, over_gaps=False)
    right = _extend(compiled, at, source, index, 1, over_gaps=False)
    agreed = source[index - left : index + right + 1]
    whole = _is_gap(source, index - left - 1) and _is_gap(source, index + right + 1)
    if not (len(agreed) >= _SHORTEST_RUN or whole) or not any(token.text[0].isalnum() for token in agreed):
        return _NO_RUN
    around = [_extend(compiled, at, source, index, step, over_gaps=True) for step in (-1, 1)]
    return _Run(index, 1 + sum(around))


def _is_gap(source: Sequence[Token], index: int) -> bool:
    return not 0 <= index < len(source) or source[index].text == GAP


def _extend(
    compiled: Sequence[Token], at: int, source: Sequence[Token], index: int, step: int, *, over_gaps: bool
) -> int:
    """Return how many words agree in one direction; a gap of Jinja may stand for any words."""
    agreed, here, there = 0, at + step, index + step
    while 0 <= there < len(source) and 0 <= here < len(compiled) and agreed < _LONGEST_RUN:
        if source[there].text == GAP and over_gaps:
            there += step
            resumed = _resume(compiled, here, source, there, step)
            if resumed is None:
                break
            here = resumed
        elif source[there].text == compiled[here].text:
            agreed, here, there = agreed + 1, here + step, there + step
        else:
            break
    return agreed


def _resume(compiled: Sequence[Token], here: int, source: Sequence[Token], there: int, step: int) -> int | None:
    """Return where compiled SQL goes on as the source does after a gap: the next two words that agree."""
    wanted = [source[there + step * ahead].text for ahead in (0, 1) if 0 <= there + step * ahead < len(source)]
    if not wanted or wanted[0] == GAP:
        return here if wanted else None
    wanted = wanted[: wanted.index(GAP)] if GAP in wanted else wanted
    for skipped in range(_LONGEST_GAP):
        places = [here + step * (skipped + ahead) for ahead in range(len(wanted))]
        if not 0 <= places[-1] < len(compiled):
            return None
        if [compiled[place].text for place in places] == wanted:
            return places[0]
    return None


class _Alignment:
    """The model's own words beside the compiled ones, in order: which compiled word is which word of the model."""

    def __init__(self, compiled: Sequence[Token], model: SourceText) -> None:
        self._compiled = compiled
        self._model = model
        matcher = difflib.SequenceMatcher(
            None, [token.text for token in compiled], [token.text for token in model.tokens], autojunk=False
        )
        self._pairs = {
            block.a + step: block.b + step for block in matcher.get_matching_blocks() for step in range(block.size)
        }

    def own_run(self, at: int, longest_elsewhere: int) -> _Run | None:
        """Return the run of the model's own text that a compiled word belongs to; None when a macro's is longer.

        Where the order of the words allows it, a run as long as a macro's is enough; elsewhere, as for the second turn
        of a loop, it must be longer. `at` is -1 when several places of the model are as good.
        """
        tokens = self._model.tokens
        paired = self._pairs.get(at)
        near = (
            _best_run(self._compiled, at, tokens, range(*self._window(at)))
            if paired is None
            else _run(self._compiled, at, tokens, paired)
        )
        if near.length and near.length >= longest_elsewhere:
            return near
        far = _best_run(self._compiled, at, tokens)
        return far if far.length > longest_elsewhere else None

    def _window(self, at: int) -> tuple[int, int]:
        """Return the model's tokens between the aligned neighbours of a compiled word."""
        before = max((index for index in self._pairs if index < at), default=None)
        after = min((index for index in self._pairs if index > at), default=None)
        low = 0 if before is None else self._pairs[before] + 1
        return low, len(self._model.tokens) if after is None else self._pairs[after]


def _call_around(compiled: Sequence[Token], at: int, model: SourceText, names: Sequence[str]) -> int | None:
    """Return where the Jinja begins that made a compiled word; None where several could have, or none.

    The words before and after a piece of Jinja in the model stand before and after what it made; of several pieces, the
    one that made least is meant. Where that decides nothing, it is the only piece that names the macro.
    """
    text, spans, calls = model.file_text, dict[int, int](), list[int]()
    for index, token in enumerate(model.tokens):
        if token.text == GAP and text.startswith("{{", token.start):
            calls.append(token.start)
            end = max(text.find("}}", token.start), token.start)
            last = max(other for other, inner in enumerate(model.tokens) if inner.start <= end)
            made = _made(compiled, at, _context(model.tokens, index, -1), _context(model.tokens, last, 1))
            if made is not None:
                spans[token.start] = made
    smallest = [start for start, made in spans.items() if made == min(spans.values())]
    if len(smallest) != 1:
        short = [name.rsplit("__", 1)[-1].removeprefix("dbt.") for name in names]
        among = smallest or calls
        smallest = [start for start in among if any(name in text[start : text.find("}}", start)] for name in short)]
    return smallest[0] if len(smallest) == 1 else None


def _context(source: Sequence[Token], index: int, step: int) -> list[str]:
    """Return the words beside a gap, in the order of the text."""
    words: list[str] = []
    there = index + step
    while not _is_gap(source, there) and len(words) < _CONTEXT:
        words.append(source[there].text)
        there += step
    return words[::step]


def _made(compiled: Sequence[Token], at: int, before: list[str], after: list[str]) -> int | None:
    """Return how many words stand between two contexts; None where the compiled word is not between them."""
    if len(before) + len(after) < 2:  # noqa: PLR2004  one word beside it says nothing
        return None
    texts = [token.text for token in compiled]
    starts = (start for start in range(at - len(before), -1, -1) if texts[start : start + len(before)] == before)
    start = next(starts, None)
    if start is None:
        return None
    begin = start + len(before)
    ends = (end for end in range(begin, len(texts) + 1) if texts[end : end + len(after)] == after)
    end = next(ends, None) if after else len(texts)
    return None if end is None or end <= at else end - begin
