"""Boxes on pictures: drawn, moved and accepted, with the gestures counted."""

import pytest
from playwright.sync_api import Page, expect

from annotate.imports.run import import_records
from annotate.models import Annotation
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.conftest import eventually
from tests.pictures import coins


@pytest.fixture
def table(make_project) -> Project:
    labels = ("Coin", "Button")
    project = make_project(labels=labels, task_type="boxes", name="Coins", show_suggestions="shown", learning=False)
    import_records(project, [Record(n, f"coins-{n}", image=coins(n), image_name=f"{n}.png") for n in (1, 2, 3)])
    return project


def opened(visit, project: Project, person, **options) -> Page:
    page: Page = visit(f"/projects/{project.pk}/label/", person, **options)
    expect(page.locator("[data-quick]")).to_be_attached()
    return page


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the picture is in the window."""
    box = page.locator(".stage .item-image").bounding_box()
    assert box
    scale = box["width"] / 640
    return box["x"] + x * scale, box["y"] + y * scale


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, (start[0] + end[0]) / 2, end[1]))
    page.mouse.move(*at(page, *end))
    page.mouse.up()


def drawn(page: Page) -> list[list[float]]:
    """The boxes as the page would resume them."""
    return page.evaluate("(JSON.parse(localStorage['annotate-drafts'] ?? '[]').at(-1)?.[1] ?? []).map((p) => p.box)")


def submitted(page: Page) -> list[dict]:
    eventually(page, Annotation.objects.exists)
    return Annotation.objects.latest("pk").value


def near(box: list[float], wanted: list[float], pixels: float) -> bool:
    return all(abs(a - b) <= pixels for a, b in zip(box, wanted, strict=True))


def test_a_box_is_one_drag(visit, table, ann):
    page = opened(visit, table, ann)
    drag(page, (50, 40), (130, 120))
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    page.keyboard.press("2")  # relabels what is selected
    drag(page, (195, 35), (305, 145))  # the label stays
    page.screenshot(path="/tmp/shapes-1.png")
    page.keyboard.press("Enter")
    value = submitted(page)
    assert [part["label"] for part in value] == ["Button", "Button"]
    assert near(value[0]["box"], [195, 35, 305, 145], 1.5)
    assert near(value[1]["box"], [50, 40, 130, 120], 1.5)
