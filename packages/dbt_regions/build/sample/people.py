"""Who comes and when: the region's users with their habits, and the hours at which they are awake.

Pure: everything is drawn from the random streams that the callers pass in.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dbt_regions.build.sample.rows import HOUR, LoadClock, UserFact, between, new_id, seeded
from dbt_regions.build.sample.spec import HomeSpec, SampleSpec

_REGISTERED_WITHIN = timedelta(days=400)  # before the history begins
_EVENING = range(18, 22)
_EVENING_FACTOR = 1.8
_NIGHT_ENDS = 6
_SATURDAY = 5
_NEW_USER_SHARE = 0.15  # of the sessions after the history


@dataclass(frozen=True)
class Person:
    """A registered user and where the user lives."""

    user: UserFact
    home: HomeSpec


class Crowd:
    """The users of the history: the first is the heavy user, each following one comes a little more rarely."""

    def __init__(self, spec: SampleSpec) -> None:
        rng = seeded(spec.seed, "users")
        self._spec = spec
        self._home_weights = list(itertools.accumulate(home.weight for home in spec.countries))
        begin = spec.end - spec.days * timedelta(days=1)
        self.people: Sequence[Person] = tuple(
            self._person(rng, begin - between(rng, HOUR, _REGISTERED_WITHIN), 0) for _ in range(spec.users)
        )
        step = 20 / spec.users  # so that the habits do not change with the scale
        self._weights = list(itertools.accumulate((1 + step * rank) ** -0.5 for rank in range(spec.users)))

    def _person(self, rng: random.Random, created_at: datetime, load_number: int) -> Person:
        home = self.home(rng)
        return Person(UserFact(new_id(rng), home.country, created_at.replace(microsecond=0), load_number), home)

    def home(self, rng: random.Random) -> HomeSpec:
        """Draw where someone lives."""
        return rng.choices(self._spec.countries, cum_weights=self._home_weights)[0]

    def visitor(self, rng: random.Random) -> Person:
        """Draw one of the history's users."""
        if rng.random() < self._spec.heavy_user_share:
            return self.people[0]
        return rng.choices(self.people, cum_weights=self._weights)[0]

    def visitor_of_load(self, rng: random.Random, clock: LoadClock, load_number: int) -> Person:
        """Draw the visitor of a load after the history: one of its users, or one who has just registered."""
        if rng.random() < _NEW_USER_SHARE:
            return self._person(rng, clock.starts_at(load_number), load_number)
        return self.visitor(rng)


class Calendar:
    """Draws moments of the history, the more often the livelier an hour is where someone lives."""

    def __init__(self, spec: SampleSpec) -> None:
        self._end = spec.end
        self._hours = [spec.end - hours * HOUR for hours in range(spec.days * 24, 0, -1)]
        self._weights = {
            home: list(itertools.accumulate(_liveliness(_local(hour, home), spec) for hour in self._hours))
            for home in spec.countries
        }

    def moment(self, rng: random.Random, home: HomeSpec) -> datetime:
        """Draw a moment (UTC) of the history."""
        hour = rng.choices(self._hours, cum_weights=self._weights[home])[0]
        return hour + between(rng, timedelta(0), HOUR)

    def midnight(self, rng: random.Random, home: HomeSpec) -> datetime | None:
        """Draw a local midnight, as UTC, that lies at least an hour inside the history; None when there is none."""
        drawn = rng.choice(self._hours)
        local = datetime.combine(_local(drawn, home).date(), time(), tzinfo=ZoneInfo(home.time_zone))
        moment = local.astimezone(timezone.utc).replace(tzinfo=None)
        return moment if self._hours[0] + HOUR <= moment <= self._end - HOUR else None


def _local(moment: datetime, home: HomeSpec) -> datetime:
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(home.time_zone))


def _liveliness(local: datetime, spec: SampleSpec) -> float:
    weekend = spec.weekend_factor if local.weekday() >= _SATURDAY else 1.0
    if local.hour < _NIGHT_ENDS:
        return spec.night_factor * weekend
    return (_EVENING_FACTOR if local.hour in _EVENING else 1.0) * weekend
