"""Settings of the task type change what an answer may be: those that are stored must still be answers then."""

from annotate.models import Item, Review
from projects.models import Project
from projects.tasktypes import Spec


def why_unfit(project: Project, spec: Spec) -> str:
    """Why the first stored answer, reviewer's decision or gold value would be none by this set-up; empty if all are."""
    decisions = Review.objects.filter(project=project).exclude(verdict=Review.Decision.SENT_BACK)
    golden = Item.objects.filter(project=project).exclude(gold=None)
    for rows, column in [(project.annotations.all(), "value"), (decisions, "value"), (golden, "gold")]:
        for value in rows.order_by().values_list(column, flat=True).distinct().iterator():
            try:
                project.kind.clean(value, spec, None)
            except ValueError as error:
                return str(error)
    return ""
