"""Rounds: asked for, run, recorded, and taken up again when their process was killed."""

from learner.rounds.asking import ask, begin
from learner.rounds.measuring import observer
from learner.rounds.recovery import revive
from learner.rounds.repeating import NotRepeatable, repeat
from learner.rounds.running import run
from learner.rounds.schedule import ask_if_due, ask_scheduled, new_annotations
from learner.rounds.undoing import NotUndoable, undo

__all__ = [
    "NotRepeatable",
    "NotUndoable",
    "ask",
    "ask_if_due",
    "ask_scheduled",
    "begin",
    "new_annotations",
    "observer",
    "repeat",
    "revive",
    "run",
    "undo",
]
