"""The annotations of each item, what they agree on, and what is handed out next.

The queue is kept in narrow rows apart from the wide items. Its promises are kept by the database: see the
constraints here and the two functions in `queue.sql`, which are the only ones to lease and to submit.
"""

from annotate.models.annotations import Annotation, AnnotationChange, annotators_of
from annotate.models.consensus import Consensus, ConsensusDue, CrowdRun, MachineVote, ModelVote, Skill
from annotate.models.imports import DeletedRows, Deletion, Import
from annotate.models.items import Item, in_order
from annotate.models.pages import Page, PageOffer, Tile
from annotate.models.predictions import Prediction, Suggestion, Suspect, SuspectShare
from annotate.models.queue import Assignment, AssignmentQuerySet, Band, Cursor, QueueEntry, QueueState, SentBack
from annotate.models.review import Acceptance, Comment, Flag, Review
from annotate.models.saved_views import SavedView

__all__ = [
    "Acceptance",
    "Annotation",
    "AnnotationChange",
    "Assignment",
    "AssignmentQuerySet",
    "Band",
    "Comment",
    "Consensus",
    "ConsensusDue",
    "CrowdRun",
    "Cursor",
    "DeletedRows",
    "Deletion",
    "Flag",
    "Import",
    "Item",
    "MachineVote",
    "ModelVote",
    "Page",
    "PageOffer",
    "Prediction",
    "QueueEntry",
    "QueueState",
    "Review",
    "SavedView",
    "SentBack",
    "Skill",
    "Suggestion",
    "Suspect",
    "SuspectShare",
    "Tile",
    "annotators_of",
    "in_order",
]
