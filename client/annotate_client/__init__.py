"""Label with Annotate from Python."""

from annotate_client.errors import AnnotateError
from annotate_client.project import Project
from annotate_client.workspace import Workspace

__all__ = ["AnnotateError", "Project", "Workspace"]
