"""Reviewing part by part: a click accepts what was left out, Enter accepts what is shown, a drag corrects it."""

import pytest
from playwright.sync_api import Page, expect

from annotate import consensus
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_boxes import at as on_picture
from tests.browser.test_boxes import drag, near
from tests.browser.test_spans import TEXT, place
from tests.pictures import coins


def box(x0, y0, x1, y1, label="Coin"):
    return {"box": [x0, y0, x1, y1], "label": label}


def annotations_of(*values) -> list[dict]:
    return [{"annotator": name, "value": value} for name, value in zip(("ann", "abe", "mona"), values, strict=True)]


@pytest.fixture
def table(make_project, ann, abe, mona) -> Project:
    """Three people drew two coins; one saw a button as well."""
    project = make_project(
        labels=("Coin", "Button"),
        task_type="boxes",
        name="Coins",
        learning=False,
        votes_wanted=3,
        options={"quorum": 0.5},
    )
    both = [box(50, 40, 130, 120), box(195, 35, 305, 145)]
    answers = annotations_of(both, both, [*both, box(400, 300, 460, 350, "Button")])
    records = [Record(n, f"coins-{n}", image=coins(n), image_name=f"{n}.png", annotations=answers) for n in (1, 2)]
    return answered(project, records)


def answered(project: Project, records: list[Record]) -> Project:
    """The project with these items and what their answers agree on."""
    report = import_records(project, records)
    assert not report.rejected, report.rejected
    consensus.fresh(project)
    return project


def opened(visit, project: Project, person, **options) -> Page:
    page: Page = visit(f"/projects/{project.pk}/review/?order=disputed", person, **options)
    page.keyboard.press("e")
    expect(page.locator("[data-quick]")).to_be_attached()
    if page.locator("[data-shapes-sum]").count():
        expect(page.locator("[data-shapes-sum]")).not_to_be_empty()
    return page


def test_a_click_accepts_a_part_that_was_left_out_and_enter_stores_it(visit, table, rita):
    page = opened(visit, table, rita)
    expect(page.locator("[data-list=suggested] li")).to_have_count(1)
    page.mouse.click(*on_picture(page, 430, 325))
    expect(page.locator("[data-list=suggested] li")).to_have_count(0)
    expect(page.locator("[data-list=drawn] li")).to_have_count(3)
    page.keyboard.press("Enter")
    eventually(page, lambda: Annotation.objects.filter(value__contains=[{"label": "Button"}]).count() == 4)
    values = list(Annotation.objects.filter(item__external_id="coins-1").values_list("value", flat=True))
    assert values[0] == values[1] == values[2]
    assert len(values[0]) == 3


def test_enter_alone_accepts_the_merged_value_and_the_next_item_comes(visit, table, rita):
    page = opened(visit, table, rita)
    page.keyboard.press("Enter")
    expect(page.locator(".progress-line")).to_contain_text("coins-2")
    agreed = Consensus.objects.get(item__external_id="coins-1").value
    assert [row.value for row in Annotation.objects.filter(item__external_id="coins-1")] == [agreed] * 3
    assert len(agreed) == 2
    expect(page.locator("[data-quick]")).to_be_attached()
    page.keyboard.press("u")
    expect(page.locator(".progress-line")).to_contain_text("coins-1")
    assert Annotation.objects.filter(item__external_id="coins-1", value=agreed).count() < 3


def test_a_drag_corrects_a_part(visit, table, rita):
    page = opened(visit, table, rita)
    page.mouse.click(*on_picture(page, 90, 80))
    drag(page, (130, 120), (140, 135))
    page.keyboard.press("Enter")
    expect(page.locator(".progress-line")).to_contain_text("coins-2")
    value = Annotation.objects.filter(item__external_id="coins-1").first().value
    assert any(near(part["box"], [50, 40, 140, 135], 2) for part in value)


def test_undo_takes_back_within_the_item_first_and_p_passes_it_over(visit, table, rita):
    page = opened(visit, table, rita)
    page.mouse.click(*on_picture(page, 430, 325))
    expect(page.locator("[data-list=suggested] li")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("[data-list=suggested] li")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator(".progress-line")).to_contain_text("coins-2")


@pytest.fixture
def news(make_project, ann, abe, mona) -> Project:
    """Three people marked Otto; one of them Rome too."""
    fields = {"task_type": "spans", "name": "News", "votes_wanted": 3, "aggregation": "majority_vote"}
    project = make_project(labels=("Person", "Place"), learning=False, **fields)
    otto = {"start": TEXT.index("Otto"), "end": TEXT.index("Otto") + 4, "label": "Person"}
    rome = {"start": TEXT.index("Rome"), "end": TEXT.index("Rome") + 4, "label": "Place"}
    answers = annotations_of([otto], [otto], [otto, rome])
    return answered(project, [Record(n, f"news-{n}", text=TEXT, annotations=answers) for n in (1, 2)])


def test_a_click_accepts_a_span_that_was_left_out(visit, news, rita):
    page = opened(visit, news, rita)
    expect(page.locator("[data-card=suggested]")).to_be_visible()
    where = place(page, "Rome")
    frame = page.locator('.span-box[data-look="suggested"]').bounding_box()
    assert frame and frame["y"] < where["y"] < frame["y"] + frame["height"]
    page.mouse.click(where["x"], where["y"])
    expect(page.locator("[data-submit]")).to_have_text("Accept 2 spans")
    page.keyboard.press("Enter")
    eventually(page, lambda: Annotation.objects.filter(value__contains=[{"label": "Place"}]).count() == 4)


@pytest.fixture
def meetings(make_project, ann, abe, mona) -> Project:
    """Three people marked Otto and Ann; two of them say that Otto met Ann, one that Otto saw Ann."""
    fields = {"task_type": "spans", "name": "News", "votes_wanted": 3, "options": {"relations": "met, saw"}}
    project = make_project(labels=("Person", "Place"), learning=False, **fields)
    ends = [
        {"id": number, "start": TEXT.index(name), "end": TEXT.index(name) + len(name), "label": "Person"}
        for number, name in enumerate(("Otto", "Ann"))
    ]
    met, saw = ({"spans": ends, "relations": [{"from": 0, "to": 1, "label": label}]} for label in ("met", "saw"))
    answers = annotations_of(met, met, saw)
    return answered(project, [Record(n, f"news-{n}", text=TEXT, annotations=answers) for n in (1, 2)])


def test_reviewers_see_how_probable_a_relation_is_and_accept_one_that_was_left_out(visit, meetings, rita):
    page = opened(visit, meetings, rita)
    arcs = page.locator(".span-arc text")
    expect(arcs).to_have_text(["met 63 %", "saw 38 %"])
    expect(page.locator(".span-arc.left-out")).to_have_count(1)
    lower, upper = (arcs.nth(number).bounding_box() for number in (0, 1))
    assert upper["y"] + upper["height"] <= lower["y"] + 2, "the one name does not stand on the other"
    where = place(page, "Otto")
    page.mouse.click(where["x"], where["y"])
    rows = page.locator(".span-relations li")
    expect(rows).to_have_text(["“Otto” met “Ann” 63 % ×", "“Otto” saw “Ann” 38 %, left out ✓"])
    assert faults(page) == []
    page.get_by_role("button", name="Accept: “Otto” saw “Ann”").click()
    expect(page.locator(".span-arc.left-out")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(".span-arc.left-out")).to_have_count(1)
    page.mouse.click(where["x"], where["y"])
    page.get_by_role("button", name="Accept: “Otto” saw “Ann”").click()
    page.keyboard.press("Enter")
    expect(page.locator(".progress-line")).to_contain_text("news-2")
    values = list(Annotation.objects.filter(item__external_id="news-1").values_list("value", flat=True))
    assert [[row["label"] for row in value["relations"]] for value in values] == [["met", "saw"]] * 3
    page.keyboard.press("Enter")  # nothing was accepted: what was left out stays so
    eventually(
        page, lambda: Annotation.objects.filter(value__relations=[{"from": 0, "to": 1, "label": "met"}]).count() == 3
    )


@pytest.mark.parametrize("fixture", ["table", "news"])
def test_axe_finds_nothing(visit, request, rita, fixture):
    page = opened(visit, request.getfixturevalue(fixture), rita)
    assert faults(page) == []
