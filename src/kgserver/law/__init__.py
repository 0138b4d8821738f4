"""The law through time: derived intervals, legal states, and the view of a day."""

from kgserver.law.bounded import Interval, time_bounded, validity
from kgserver.law.intervals import derive
from kgserver.law.periods import State, change_dates, state_index, states
from kgserver.law.views import Record, View, marks, record, view_at
from kgserver.law.windows import Window, windows
from kgserver.law.worlds import Timeline, timeline

__all__ = [
    "Interval",
    "Record",
    "State",
    "Timeline",
    "View",
    "Window",
    "change_dates",
    "derive",
    "marks",
    "record",
    "state_index",
    "states",
    "time_bounded",
    "timeline",
    "validity",
    "view_at",
    "windows",
]
