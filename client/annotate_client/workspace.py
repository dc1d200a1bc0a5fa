"""A server, as one person sees it."""

from collections.abc import Sequence
from typing import Any

import httpx

from annotate_client.connection import Connection
from annotate_client.project import Project


class Workspace:
    """The projects of one person on one server.

    `url` is the server's address, `token` an API token (made on the page "Account", or by `Workspace.log_in`).
    Raises AnnotateError when the server refuses, and its kind ServerUnreachable when no answer comes.
    """

    def __init__(self, url: str, token: str | None = None, *, transport: httpx.BaseTransport | None = None) -> None:
        self.connection = Connection(url, token, transport)

    @classmethod
    def log_in(
        cls, url: str, username: str, password: str, *, transport: httpx.BaseTransport | None = None
    ) -> "Workspace":
        """A workspace with a new token, made from a user name and a password."""
        answer = Connection(url, None, transport).send(
            "POST", "/api/token/", {"username": username, "password": password}
        )
        return cls(url, answer["token"], transport=transport)

    def projects(self) -> list[Project]:
        """The projects in which I have a part."""
        return [Project(self.connection, row) for row in self.connection.rows("/api/projects/")]

    def project(self, id_or_name: int | str) -> Project:
        """A project by its number or its name. KeyError names the known ones."""
        if isinstance(id_or_name, int):
            return Project(self.connection, self.connection.get(f"/api/projects/{id_or_name}/"))
        projects = {project.name: project for project in self.projects()}
        if id_or_name not in projects:
            raise KeyError(f"there is no project {id_or_name!r} of yours; there are {', '.join(projects) or 'none'}")
        return projects[id_or_name]

    def create_project(
        self, name: str, labels: Sequence[str | dict[str, Any]], task_type: str = "single_choice", **settings: Any
    ) -> Project:
        """Make a project; I become its manager.

        `labels` are names, or `{name, color?, hotkey?, description?, parent?}`; `settings` are the fields of the
        project in REST: guidelines, votes_wanted, lease_minutes, acquisition, estimator, features, explore, …
        """
        label_objects = [{"name": label} if isinstance(label, str) else label for label in labels]
        body = {"name": name, "task_type": task_type, "labels": label_objects, **settings}
        return Project(self.connection, self.connection.send("POST", "/api/projects/", body))
