"""Rounds: asked for, run, recorded, and taken up again when their process was killed."""

from learner.rounds.repeating import NotRepeatable, repeat
from learner.rounds.running import ask, ask_if_due, ask_scheduled, begin, new_annotations, revive, run
from learner.rounds.undoing import NotUndoable, undo

__all__ = [
    "NotRepeatable",
    "NotUndoable",
    "ask",
    "ask_if_due",
    "ask_scheduled",
    "begin",
    "new_annotations",
    "repeat",
    "revive",
    "run",
    "undo",
]
