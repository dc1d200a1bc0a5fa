"""Comparing two candidates: by digits, arrows, = for a tie, a click on a card, undo and suggestions."""

from playwright.sync_api import expect

from annotate.imports.run import import_records
from annotate.models import Annotation, Suggestion
from annotate_kit.formats.records import Record
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_label import press, swipe


def test_the_better_one_is_chosen_by_a_key_or_a_click(visit, make_project, ann):
    project = make_project((), task_type="pairwise", options={"ties": True}, show_suggestions="shown", learning=False)
    texts = ["It is Paris.", "Lyon, I think."]
    records = [Record(n, f"q{n}", data={"question": f"question {n}", "candidates": texts}) for n in range(1, 7)]
    assert not import_records(project, records).rejected
    first = project.items.get(external_id="q1")
    Suggestion.objects.create(project=project, item=first, model="judge", value="left", created_at=first.created_at)
    page = visit(f"/projects/{project.pk}/label/", ann)
    expect(page.locator("[data-quick] .candidate")).to_have_count(2)
    expect(page.locator("[data-suggested]")).to_have_attribute("data-name", "left")
    assert faults(page) == []
    press(page, "1", "ArrowRight", "=", "0")
    expect(page.locator("#stage")).to_contain_text("question 5")
    page.locator(".candidate").nth(1).click()
    expect(page.locator("#stage")).to_contain_text("question 6")
    values = Annotation.objects.order_by("item").values_list("value", flat=True)
    eventually(page, lambda: list(values.all()) == ["left", "right", "tie", "tie", "right"])
    press(page, "u")
    expect(page.locator("#stage")).to_contain_text("question 5")
    expect(page.locator(":checked")).to_have_value("right")
    press(page, "ArrowLeft")
    eventually(page, lambda: list(values.all()) == ["left", "right", "tie", "tie", "left"])


def test_without_ties_a_swipe_over_the_candidates_chooses(visit, make_project, ann):
    project = make_project((), task_type="pairwise", learning=False)
    records = [
        Record(n, f"q{n}", data={"question": f"question {n}", "candidates": ["a " * 150, "b " * 150]})
        for n in (1, 2, 3)
    ]
    assert not import_records(project, records).rejected
    page = visit(
        f"/projects/{project.pk}/label/", ann, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True
    )
    expect(page.locator("[data-swipes] .candidate")).to_have_count(2)
    swipe(page, 300, 60)
    expect(page.locator("#stage")).to_contain_text("question 2")
    swipe(page, 160, 360)
    expect(page.locator("#stage")).to_contain_text("question 3")
    values = Annotation.objects.order_by("item").values_list("value", flat=True)
    eventually(page, lambda: list(values.all()) == ["left", "right"])
