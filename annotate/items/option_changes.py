"""Settings of the task type change what an answer may be: those that are stored must still be answers then."""

from annotate.items.label_changes import answered_values
from projects.models import Project
from projects.tasktypes import Spec


def why_unfit(project: Project, spec: Spec) -> str:
    """Why the first stored answer, reviewer's decision or gold value would be none by this set-up; empty if all are."""
    for value in answered_values(project):
        try:
            project.kind.clean(value, spec, None)
        except ValueError as error:
            return str(error)
    return ""
