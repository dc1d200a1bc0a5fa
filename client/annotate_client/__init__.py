"""Label with Annotate from Python."""

from annotate_client.classes import UnknownClasses
from annotate_client.errors import AnnotateError, PredictionsRejected, ServerUnreachable
from annotate_client.project import Project
from annotate_client.workspace import Workspace

__all__ = ["AnnotateError", "PredictionsRejected", "Project", "ServerUnreachable", "UnknownClasses", "Workspace"]
