"""A comparison in words: the lines of its tables and the sentences below them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dbt_regions.compare.comparison import Comparison, FunnelComparison, RegionFigures, Total
from dbt_regions.compare.figures import NOT_PROVIDED, OF_ENTRY, OF_PREVIOUS, Amount, Count, Share, StepFigures

NOTHING = "-"


@dataclass(frozen=True)
class Line:
    """One line of a table; `is_total` where it is a sum over regions."""

    cells: tuple[str, ...]
    is_total: bool = False


def _count(count: Count) -> str:
    return count if isinstance(count, str) else f"{count:,}"


def _rate(step: StepFigures) -> str:
    low, high = step.rate_low, step.rate_high
    if not (isinstance(step.rate, float) and isinstance(low, float) and isinstance(high, float)):
        return _share(step.rate)
    return f"{_share(step.rate)} ({100 * low:.1f}-{100 * high:.1f})"


def _share(share: Share) -> str:
    return share if isinstance(share, str) else NOTHING if share is None else f"{share:.2%}"


_MEASURES: tuple[tuple[str, Callable[[StepFigures], str]], ...] = (
    ("reached", lambda step: _count(step.reached)),
    ("not yet, but still may", lambda step: _count(step.pending)),
    ("rate of the settled (95 % interval)", _rate),
    (f"drop-off {OF_PREVIOUS}", lambda step: _share(step.drop_off_of_previous)),
    (f"drop-off {OF_ENTRY}", lambda step: _share(step.drop_off_of_entry)),
)
_HEADINGS = ("", "region", "through", "provisional", "entered")
AMOUNT_HEADINGS = ("region", "units", "without amount", "currency", "amount")


def funnel_title(funnel: FunnelComparison, comparison: Comparison) -> str:
    """Return the heading of a funnel: what it counts, and over which period."""
    units = sorted({f"{region.counts.unit}s" for region in funnel.regions})
    bounds = (("from", comparison.period.start), ("through", comparison.period.end))
    period = " ".join(f"{word} {day}" for word, day in bounds if day) or "to date"
    return f"{funnel.funnel}: {' or '.join(units)}, {period}"


def funnel_lines(funnel: FunnelComparison, comparison: Comparison) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Return the headings and the lines of a funnel's table: a group a measure, in it a line a region and the total."""
    steps = tuple(dict.fromkeys(step.step for region in funnel.regions for step in region.steps))
    rows: list[RegionFigures | Total] = [*funnel.regions, *([funnel.total] if funnel.total else [])]
    lines = []
    for measure, show in _MEASURES:
        for row in rows:
            shown = {step.step: show(step) for step in row.steps}
            first = row is rows[0]
            about = _about(row) if measure == "reached" else ("", "", "")
            cells = (measure if first else "", _name(row), *about, *(shown.get(step, NOTHING) for step in steps))
            lines.append(Line(cells, is_total=isinstance(row, Total)))
        if measure == "reached":
            absent = [state.region for state in comparison.states if state.absent]
            lines += [Line(("", region, "never built", *[NOTHING] * (len(steps) + 2))) for region in absent]
    return (*_HEADINGS, *steps), tuple(lines)


def _name(row: RegionFigures | Total) -> str:
    return "total" if isinstance(row, Total) else row.counts.region


def _about(row: RegionFigures | Total) -> tuple[str, str, str]:
    if isinstance(row, Total):
        return ("", "", _count(row.entered))
    counts = row.counts
    provisional = f"{counts.provisional_days} of {counts.days} days" if counts.days else NOTHING
    return (str(counts.last_day or "no day yet"), provisional, _count(row.entered))


def drop_off_lines(funnel: FunnelComparison) -> Iterator[str]:
    """Yield each region's largest drop-off, by each definition, which it names."""
    for region in funnel.regions:
        said = [f"{drop.definition} at {drop.step}, {drop.share:.2%}" for drop in region.largest_drop_offs]
        yield f"{region.counts.region}: largest drop-off {'; '.join(said) or 'none yet'}"


def amount_title(funnel: FunnelComparison) -> str:
    """Return the heading of a funnel's amounts: what they are, and of which units."""
    counts = next(region.counts for region in funnel.regions if region.counts.amounts)
    return f"{funnel.funnel}: {counts.amount_of} of the {counts.unit}s that reached {counts.amounts[0].step}, to date"


def amount_lines(funnel: FunnelComparison) -> tuple[Line, ...]:
    """Return a line a region and currency, and one a currency that several regions have; none without amounts."""
    lines = [
        _amount_line(region.counts.region, amount) for region in funnel.regions for amount in region.counts.amounts
    ]
    return (*lines, *(_amount_line("total", amount, is_total=True) for amount in funnel.amount_totals))


def _amount_line(name: str, amount: Amount, *, is_total: bool = False) -> Line:
    value = NOT_PROVIDED if amount.amount is None else f"{amount.amount:,.2f}"
    cells = (name, f"{amount.units:,}", f"{amount.units_without_amount:,}", amount.currency, value)
    return Line(cells, is_total)


def refusal_lines(funnel: FunnelComparison) -> tuple[str, ...]:
    """Return one sentence for each reason why something is not added, then what a reader must know of the total."""
    known = {refusal.sentence for refusal in funnel.refusals}
    return (
        *(f"no total: {refusal.sentence}" for refusal in funnel.refusals),
        *(
            f"no total of all amounts: {refusal.sentence}"
            for refusal in funnel.amount_refusals
            if refusal.sentence not in known
        ),
        *(f"note: {note}" for note in funnel.notes),
    )


def state_lines(comparison: Comparison) -> Iterator[str]:
    """Yield what a reader must know of the regions: which are not there, failed since, or are generated data."""
    for state in comparison.states:
        yield from state.warnings
        if state.absent:
            yield f"{state.region} {state.absent}"
    generated = [state.region for state in comparison.states if state.generated]
    if generated:
        yield f"generated sample data, not anybody's real figures: {', '.join(generated)}"
