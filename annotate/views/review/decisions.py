"""A reviewer's decision as a form sends it: `act`, the answers it is about (`annotation`), and the right value."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from accounts.requests import person, whole_number
from annotate import pseudonyms, reviews
from annotate.models import Annotation, Item, Review
from projects import label_sets

MOST_UNDONE = 50


def give(request: HttpRequest, item: Item) -> bool:
    """Do what the form says about answers to this item, and say so; False, and why, when it cannot be done."""
    try:
        decision, sentence = _give(request, item)
    except (ValueError, reviews.AnswerWithdrawn) as error:
        messages.error(request, str(error))
        return False
    messages.success(request, sentence)
    stack = [*_stack(request, item.project_id), [review.pk for review in decision]]
    request.session[_key(item.project_id)] = stack[-MOST_UNDONE:]
    return True


def can_undo(request: HttpRequest, project_id: int) -> bool:
    return bool(_stack(request, project_id))


def undo(request: HttpRequest, project_id: int) -> int | None:
    """Take back the newest decision of this visit, and say so; the id of the item that it was about."""
    stack = _stack(request, project_id)
    if not stack:
        messages.error(request, "There is no decision to undo.")
        return None
    newest = stack[-1]
    request.session[_key(project_id)] = stack[:-1]
    decision = Review.objects.filter(pk__in=newest, reviewer=person(request), project=project_id)
    rows = list(decision.select_related("project", "item").order_by("pk"))
    try:
        reviews.undo(rows)
    except (ValueError, reviews.AnswerWithdrawn) as error:
        messages.error(request, str(error))
        return None
    messages.success(request, f"Undone for {rows[0].item.external_id}: {rows[0].get_verdict_display().lower()}.")
    return rows[0].item_id


def _key(project_id: int) -> str:
    return f"decisions-{project_id}"


def _stack(request: HttpRequest, project_id: int) -> list[list[int]]:
    """The ids of the reviews of each decision of this visit, the newest last."""
    return request.session.get(_key(project_id), [])


def _give(request: HttpRequest, item: Item) -> tuple[list[Review], str]:
    answers = _answers(request, item)
    comment = request.POST.get("comment", "").strip().replace("\0", "")[:2000]
    who = _who(request, item, answers)
    match request.POST.get("act"):
        case "accept":
            decision = reviews.accept(answers, person(request), comment)
            return decision, f"Accepted for {item.external_id}: what {who} said."
        case "correct":
            drawn = "value" in request.POST  # in the task type's editor
            value = _shown_value(request) if drawn else item.project.kind.from_form(request.POST, item.project.spec)
            if value is None:
                raise ValueError("Choose the right label first.")
            version = label_sets.version_in(request.POST)
            decision = reviews.correct(answers, person(request), value, comment, version)
            return decision, f"Corrected for {item.external_id}: what {who} said."
        case "accept_consensus":
            version = label_sets.version_in(request.POST)
            decision = reviews.correct(answers, person(request), _shown_value(request), comment, version)
            return decision, f"Accepted for {item.external_id}: the consensus, in place of what {who} said."
        case "send_back":
            return reviews.send_back(answers, person(request), comment), f"{item.external_id} goes back to {who}."
    raise ValueError("There is no such decision; there are accept, accept_consensus, correct, send_back.")


def _who(request: HttpRequest, item: Item, answers: list[Annotation]) -> str:
    names = [answer.annotator.username for answer in answers[:3]]
    seen = pseudonyms.by_username(item.project, person(request), names)
    return " and ".join(seen[name] for name in names) + (" and others" if answers[3:] else "")


def _shown_value(request: HttpRequest) -> Any:
    """The consensus that the page showed, which may be another one by now."""
    try:
        return json.loads(request.POST.get("value", ""))
    except ValueError:
        raise ValueError("The form has no value; load the page again.") from None


def _answers(request: HttpRequest, item: Item) -> list[Annotation]:
    pks = list(filter(None, map(whole_number, request.POST.getlist("annotation"))))
    answers = list(item.annotations.filter(pk__in=pks).select_related("annotator", "project").order_by("pk"))
    if not answers or len(answers) < len(pks):
        raise reviews.AnswerWithdrawn("This answer was taken back meanwhile.")
    return answers
