"""How a project is doing: how far, how good, who needs help, what to do next. Annotators see their own work."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Avg, Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.requests import person
from annotate import consensus, pseudonyms, reviews
from annotate.consensus.annotator_model import Interval, interval
from annotate.models import CrowdRun
from annotate.pages import offers
from annotate.statistics import activity, agreement, annotators, comparison, progress
from annotate.statistics.agreement import Report
from annotate.statistics.annotator import Annotator
from annotate.statistics.cached import cached
from annotate.statistics.progress import Pace, Progress
from annotate.templatetags.answers import palette
from core import charts
from core.charts.timeline import Timeline
from projects import tasktypes
from projects.access import project_for
from projects.models import Project, Role

DAYS = 28
BUSIEST = 8  # people in the picture
MOST_LABELS = 12  # in the picture


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next, why, and where. `icon` is one of `projects.templatetags.ui.ICONS`."""

    icon: str
    title: str
    why: str
    url: str


@login_required
def dashboard(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id)
    me = person(request)
    role = project.role_of(me)
    context: dict[str, Any] = {"project": project, "role": role, **_progress(project), "palette": palette(project)}
    if role in Role.REVIEWER.at_least:
        return render(request, "annotate/dashboard.html", context | _everything(project, me, role, context["now"]))
    return render(request, "annotate/dashboard_own.html", context | _own(project, me))


def _progress(project: Project) -> dict[str, Any]:
    now, moment = progress.progress(project), timezone.now()
    pace = progress.pace(project, now.votes_left, moment)
    return {
        "now": now,
        "pace": pace,
        "forecast": progress.forecast(now, pace, moment),
        "doubt": progress.doubt(pace, moment),
        "timeline": _timeline(pace, moment),
    }


def _timeline(pace: Pace, now: datetime) -> Timeline | None:
    """When it is done, where there is a pace and an end to it."""
    if pace.per_day is None or pace.soonest is None or pace.finish is None or pace.latest is None:
        return None
    days = (timezone.localdate(moment) for moment in (now, pace.soonest, pace.finish, pace.latest))
    return charts.timeline(*days)


def _own(project: Project, me: User) -> dict[str, Any]:
    """What an annotator sees: their own figures alone."""
    annotator = next(iter(annotators.annotators(project, me)), None)
    days = progress.per_day(project, DAYS, me)
    steps = list(verifying(project, me))
    return {"me": annotator, "days": charts.days(days), "active": any(count for _, count in days), "steps": steps}


def _everything(project: Project, me: User, role: Role, now: Progress) -> dict[str, Any]:
    everybody = annotators.annotators(project)
    report = agreement.report(project)
    if pseudonyms.hide(project, me, [row.user for row in everybody]):
        everybody.sort(key=lambda row: (-row.annotations, row.user.username))
    waiting = reviews.counts(project)
    days = progress.per_day(project, DAYS)
    labels = _labels(project)
    run = consensus.last_run(project)
    return {
        "everybody": everybody,
        "gold": _gold(everybody),
        "report": report,
        "meaning": agreement.meaning(report.whole) if report.observed is not None else "",
        "confidence": cached(("confidence", project.pk), lambda: _confidence(project)),
        "run": run,
        "need_help": comparison.need_help(everybody),
        "steps": [*_steps(project, role, now, waiting, report, run), *verifying(project, me)],
        "days": charts.days(days, width=470, height=178),
        "today": days[-1][1],
        "active": any(count for _, count in days),
        "activity": _activity(project, me),
        "per_person": charts.bars([(row.user.username, row.annotations) for row in everybody[:BUSIEST]]),
        "more_people": max(0, len(everybody) - BUSIEST),
        "per_label": charts.bars(labels[:MOST_LABELS]),
        "more_labels": max(0, len(labels) - MOST_LABELS),
    }


def _activity(project: Project, me: User) -> list[activity.Activity]:
    rows = activity.recent(project)
    seen = pseudonyms.by_username(project, me, [row.actor for row in rows]) if project.hide_names else {}
    return [replace(row, actor=seen.get(row.actor, row.actor)) for row in rows]


def _gold(everybody: list[Annotator]) -> Interval | None:
    """How many of all answers are right where the right value is known."""
    answers = sum(annotator.gold_seen for annotator in everybody)
    return interval(sum(annotator.gold_right for annotator in everybody) / answers, answers) if answers else None


def _confidence(project: Project) -> float | None:
    """The mean probability of the consensus."""
    return consensus.fresh(project, wait=False).aggregate(mean=Avg("certainty"))["mean"]


def _labels(project: Project) -> list[tuple[str, int]]:
    """(label, items whose consensus it is), the most frequent first."""

    def count() -> list[tuple[Any, int]]:
        rows = consensus.fresh(project, wait=False).order_by().values_list("value")
        return list(rows.annotate(n=Count("pk")))

    counts = dict.fromkeys(project.label_names, 0)
    in_settings = getattr(project.kind, "labels_of", None)
    for value, number in cached(("labels", project.pk), count):
        named = in_settings(value, project.spec) if in_settings else tasktypes.labels_named(project.kind, value)
        for name in named:
            if name in counts or in_settings:
                counts[name] = counts.get(name, 0) + number
    return sorted(counts.items(), key=lambda pair: -pair[1])


def _steps(
    project: Project, role: Role, now: Progress, waiting: dict[str, int], report: Report, run: CrowdRun | None
) -> Iterator[Step]:
    """What to do next, the most useful first; only what this role may do."""

    def at(name: str, more: str = "") -> str:
        return reverse(name, args=[project.pk]) + more

    manages = role == Role.MANAGER
    if manages and not now.items:
        yield Step("upload", "Import items", "There is nothing to label yet.", at("import"))
        return
    if manages and not project.guidelines.strip():
        yield Step("pen", "Write guidelines", "There are none, so everybody decides for themselves.", at("settings"))
    if manages and not project.memberships.exclude(role=Role.MANAGER).exists():
        yield Step("user", "Add people", "Nobody takes part but managers.", at("people"))
    if not now.votes and now.items:
        yield Step("check", "Label the first item", "Nobody has labelled yet.", at("label"))
    if manages and run and run.reason:
        yield Step("split", "Choose another method", f"Consensus is by majority, because {run.reason}", at("settings"))
    if count := waiting["flagged"]:
        title = f"Look at {_many(count, 'flagged item')}"
        yield Step("flag", title, "Somebody asks for a second look.", at("review", "?order=flagged"))
    if count := waiting["disputed"]:
        title = f"Review {_many(count, 'disagreement')}"
        yield Step("eye", title, "People gave these items different answers.", at("review", "?order=disputed"))
    if report.observed is not None and report.whole.n_items >= comparison.ENOUGH and report.whole.value < 0.667:
        yield Step("search", "See what is mixed up", "People often see things differently.", at("agreement"))
    if manages and now.votes >= 50 and report.observed is None:
        why = "Each item has one vote, so nobody knows how far people agree."
        yield Step("user", "Ask for two votes", why, at("settings"))
    if manages and now.items and now.done == now.items:
        yield Step("download", "Export", "Everything is labelled.", at("export"))


def verifying(project: Project, me: User) -> Iterator[Step]:
    """Pages that this person may verify."""
    offered = cached(("offered", project.pk, me.pk), lambda: offers.offered(project, me))
    if count := sum(offer.items for offer in offered):
        why = f"The model is rarely wrong about {count:,} items: many of them can be verified at once."
        yield Step("grid", "Verify by the page", why, reverse("verify", args=[project.pk]))


def _many(count: int, noun: str) -> str:
    """1 disagreement, 337 disagreements, more than 1,000 disagreements."""
    if count > reviews.MOST_COUNTED:
        return f"more than {reviews.MOST_COUNTED:,} {noun}s"
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
