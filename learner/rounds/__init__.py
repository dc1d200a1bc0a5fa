"""Rounds: asked for, run, recorded, and taken up again when their process was killed."""

from learner.rounds.running import ask, ask_if_due, ask_scheduled, begin, new_annotations, revive, run

__all__ = ["ask", "ask_if_due", "ask_scheduled", "begin", "new_annotations", "revive", "run"]
