"""A reviewer's verdict as a form says it: `act`, the answers it is about (`annotation`), and the right value."""

from django.contrib import messages
from django.http import HttpRequest

from annotate import reviews
from annotate.models import Annotation, Item
from annotate.views.label_form import person
from projects import label_sets


def give(request: HttpRequest, item: Item) -> bool:
    """Do what the form says about answers to this item, and say so; False, and why, when it cannot be done."""
    try:
        messages.success(request, _give(request, item))
    except (ValueError, reviews.AnswerWithdrawn) as error:
        messages.error(request, str(error))
        return False
    return True


def _give(request: HttpRequest, item: Item) -> str:
    answers = _answers(request, item)
    comment = request.POST.get("comment", "").strip().replace("\0", "")[:2000]
    who = " and ".join(answer.annotator.username for answer in answers[:3]) + (" and others" if answers[3:] else "")
    match request.POST.get("act"):
        case "accept":
            reviews.accept(answers, person(request), comment)
            return f"Accepted for {item.external_id}: what {who} said."
        case "correct":
            value = item.project.kind.from_form(request.POST, item.project.spec)
            if value is None:
                raise ValueError("Choose the right label first.")
            reviews.correct(answers, person(request), value, comment, label_sets.version_in(request.POST))
            return f"Corrected for {item.external_id}: what {who} said."
        case "send_back":
            reviews.send_back(answers, person(request), comment)
            return f"{item.external_id} goes back to {who}."
    raise ValueError("There is no such verdict; there are accept, correct, send_back.")


def _answers(request: HttpRequest, item: Item) -> list[Annotation]:
    named = [int(pk) for pk in request.POST.getlist("annotation") if pk.isdecimal() and len(pk) < 19]
    answers = list(item.annotations.filter(pk__in=named).select_related("annotator", "project").order_by("pk"))
    if not answers or len(answers) < len(named):
        raise reviews.AnswerWithdrawn("This answer was taken back meanwhile.")
    return answers
