"""My projects: how far each is, what I am in it, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from accounts.requests import person
from annotate.models import Annotation
from annotate.queue import leasing
from annotate.queue.done import Counts, counts
from annotate.statistics.cached import cached
from projects.access import may_make_projects, projects_of
from projects.models import Membership, Project, Role


@dataclass
class Card:
    """One project as I see it; `now` says how far it is."""

    project: Project
    role: Role
    now: Counts
    mine: int
    mine_today: int
    sent_back: int

    @property
    def items(self) -> int:
        return self.now.items

    @property
    def done(self) -> int:
        return self.now.done

    @property
    def place(self) -> int:
        """Smaller is sooner in the list: what came back to me, what I have begun, what I may begin, the others."""
        if self.sent_back:
            return 0
        if self.now.waiting:
            return 1 if self.mine else 2
        return 3 if self.next_step[0] else 4

    @property
    def next_step(self) -> tuple[str, str]:
        """(address below the project, what its button says)."""
        manages = self.role == Role.MANAGER
        if not self.items:
            return ("import/", "Import items") if manages else ("", "Wait for items")
        if self.now.waiting or self.sent_back:
            return ("label/", "Go on labelling" if self.mine else "Start labelling")
        if self.done == self.items and manages:
            return ("export/", "Export the answers")
        return ("", "See how it went")


@login_required
def home(request: HttpRequest) -> HttpResponse:
    projects = list(projects_of(request.user).order_by("-id"))
    context = {"cards": cards(projects, person(request)), "makes_projects": may_make_projects(request.user)}
    return render(request, "projects/home.html", context)


def cards(projects: Sequence[Project], user: User) -> list[Card]:
    """The cards of these projects, the most urgent first; six queries, however many projects there are."""
    ids = [project.pk for project in projects]
    now = cached(("cards", *ids), lambda: counts(ids))
    own = Annotation.objects.filter(project__in=ids, annotator=user)
    own_votes = _counts(own)
    today = _counts(own.filter(created_at__date=timezone.localdate()))
    sent_back = _counts(leasing.sent_back_to(user).filter(project__in=ids))
    roles = dict(Membership.objects.filter(user=user, project__in=ids).values_list("project", "role"))
    unsorted = [
        Card(
            project=project,
            role=Role.MANAGER if user.is_superuser else Role(roles[project.pk]),
            now=now[project.pk],
            mine=own_votes.get(project.pk, 0),
            mine_today=today.get(project.pk, 0),
            sent_back=sent_back.get(project.pk, 0),
        )
        for project in projects
    ]
    return sorted(unsorted, key=lambda card: (card.place, -card.now.waiting))


def _counts(rows: QuerySet) -> dict[int, int]:
    return dict(rows.order_by().values_list("project").annotate(Count("pk")))
