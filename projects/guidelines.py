"""Guidelines: Markdown in, safe HTML out; their versions, and who has read which."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

import nh3
from django.db.models import Max
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from accounts.models import User
from projects.models import GuidelinesVersion, Membership, Project

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}  # pictures would come from elsewhere, which the policy refuses


def render(markdown: str) -> SafeString:
    """CommonMark with tables as HTML. Whatever a manager pastes, no script, style or form comes out."""
    html = nh3.clean(_MARKDOWN.render(markdown), tags=_TAGS, link_rel="noopener noreferrer nofollow")
    return mark_safe(html)  # noqa: S308  cleaned in the line above


def outline(labels: Iterable[tuple[str, str]]) -> str:
    """Guidelines to start from: a chapter for each (label, when to choose it), with room for an example."""
    chapters = [f"## {name}\n{about or 'Choose it when …'}\n\n> Example: …" for name, about in labels]
    return "\n\n".join(["What is this about, and what are the answers for? …", *chapters, "## When in doubt\n…"])


# Versions


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the later of two versions, or one that is missing there: `change` is "", "added" or "removed"."""

    text: str
    change: str = ""


def record(project: Project, by: User | None) -> GuidelinesVersion:
    """Store what the guidelines say now as the newest version. The project's row must be locked, or new."""
    versions = GuidelinesVersion.objects.filter(project=project)
    number = (versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
    return GuidelinesVersion.objects.create(project=project, number=number, text=project.guidelines, by=by)


def unread(project: Project, user: User) -> GuidelinesVersion | None:
    """The newest version, where this member was shown an older one; None else. Costs two queries.

    Whoever comes for the first time is told nothing: all of it is new to them.
    """
    membership = Membership.objects.filter(project=project, user=user).first()
    newest = project.guidelines_versions.select_related("by").first()
    if membership is None or newest is None or membership.guidelines_read == newest.number:
        return None
    if membership.guidelines_read is None:
        mark_read(project, user)
        return None
    return newest


def mark_read(project: Project, user: User) -> None:
    """This member has seen what the guidelines say now."""
    newest = project.guidelines_versions.values_list("number", flat=True).first() or 0
    Membership.objects.filter(project=project, user=user).update(guidelines_read=newest)


def compare(before: str, after: str) -> list[Line]:
    """Both versions line by line, what was removed before what was put in its place."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [Line(text) for text in new[j1:j2]]
        else:
            lines += [Line(text, "removed") for text in old[i1:i2]] + [Line(text, "added") for text in new[j1:j2]]
    return lines
