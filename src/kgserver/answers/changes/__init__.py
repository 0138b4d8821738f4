"""What changed between two days: things that began and ended, what follows, what stayed."""

from kgserver.answers.changes.calendar import ChangeDay, change_days
from kgserver.answers.changes.data import changes_data
from kgserver.answers.changes.finding import changes
from kgserver.answers.changes.model import Changes
from kgserver.answers.changes.period import TODAY, Period, known_thing, read_period
from kgserver.answers.changes.rdf import changes_rdf
from kgserver.answers.changes.text import changes_text
from kgserver.answers.changes.words import WORDS, sayer

__all__ = [
    "TODAY",
    "WORDS",
    "ChangeDay",
    "Changes",
    "Period",
    "change_days",
    "changes",
    "changes_data",
    "changes_rdf",
    "changes_text",
    "known_thing",
    "read_period",
    "sayer",
]
