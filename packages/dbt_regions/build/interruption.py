"""The user's wish to stop a build: raised in a stage's own work only, and remembered wherever it is swallowed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from types import FrameType


class Interruption:
    """A signal handler that remembers that it was called, and raises KeyboardInterrupt where that is allowed.

    Libraries may swallow the exception or turn it into one of their own (dbt's serializer does): `requested` tells.
    It is allowed before the first stage (waiting for the lock) and inside `allowed`, not between stages.
    """

    def __init__(self) -> None:
        self.requested = False
        self._may_raise = True

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """Handle SIGINT."""
        self.requested = True
        if self._may_raise:
            raise KeyboardInterrupt

    def hold(self) -> None:
        """From here on, raise inside `allowed` only."""
        self._may_raise = False

    def sleep(self, seconds: float) -> None:
        """Sleep, and raise KeyboardInterrupt when asked to stop."""
        with self.allowed():
            time.sleep(seconds)

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        """Raise KeyboardInterrupt in this block when asked to stop, also when asked before it."""
        try:
            self._may_raise = True
            if self.requested:
                raise KeyboardInterrupt
            yield
        finally:
            self._may_raise = False
