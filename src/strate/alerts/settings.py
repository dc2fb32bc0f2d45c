"""What counts as an alert, as the vars of a project say."""

from collections.abc import Sequence
from dataclasses import dataclass

from strate.checks import check_integer, check_number


@dataclass(frozen=True)
class AlertSettings:
    """The vars that decide what is found; each is `alert_` and the name here.

    Attributes
    ----------
    windows : sequence of int
        Lengths of the windows that end on a day and are judged on it, days.
    baseline_days : int
        Time constant of the moving average that a window is compared with, days: a day so long ago weighs 1/e.
    false_discovery_rate : float
        Benjamini-Hochberg's rate over all segments and metrics of a day, 0 to 1.
    min_effect : float
        Smallest relative change that is told, 0 to 1.
    min_count : int
        Least count behind a figure that is judged: of sessions, orders, messages or answers in the window.
    new_level_days : int
        After so many days a change is no news any more: it is the level that others are compared with.
    """

    windows: Sequence[int] = (1, 7, 28)
    baseline_days: int = 42
    false_discovery_rate: float = 0.01
    min_effect: float = 0.1
    min_count: int = 20
    new_level_days: int = 56

    def __post_init__(self) -> None:
        """Check every setting.

        Raises
        ------
        ValueError
            If one is of another type or out of its range.
        """
        if isinstance(self.windows, str) or not isinstance(self.windows, Sequence) or not self.windows:
            raise ValueError(f"alert_windows must be a list of numbers of days; got {self.windows!r}.")
        for window in self.windows:
            check_integer("alert_windows", window, 1, 91)
        if list(self.windows) != sorted(set(self.windows)):
            raise ValueError(f"alert_windows must rise, and name each length once; got {list(self.windows)}.")
        check_integer("alert_baseline_days", self.baseline_days, 7, 365)
        check_number("alert_false_discovery_rate", self.false_discovery_rate, 1e-9, 0.5)
        check_number("alert_min_effect", self.min_effect, 0, 1)
        check_integer("alert_min_count", self.min_count, 1)
        check_integer("alert_new_level_days", self.new_level_days, max(self.windows), 3650)

    @property
    def warm_up_days(self) -> int:
        """Days with data before a series is judged: those a baseline needs, and as many to learn its noise from."""
        return 2 * self.baseline_days + 4 * max(self.windows)
