"""Records of many fields in a browser: two columns, folded fields, links and context, and axe finds nothing."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.axe import AXE, faults
from tests.browser.test_label import label, press
from tests.browser.test_pages_axe import overhang

WIDE, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)


def record(number: int) -> Record:
    data = {f"field {place}": f"value {place} of {number}" for place in range(30)}
    data["field 3"] = f"See https://example.org/{number}."
    return Record(number, str(number), data=data, meta={"channel": f"mail {number}"})


@pytest.fixture
def records(make_project) -> Project:
    project = make_project(features="table", name="Orders")
    assert import_records(project, [record(number) for number in (1, 2, 3)]).created == 3
    return project


def opened(visit, project: Project, person, *shown: str, size: ViewportSize = WIDE) -> Page:
    Project.objects.filter(pk=project.pk).update(shown_fields=list(shown))
    page = visit(label(project), person, viewport=size)
    expect(page.locator("[data-quick][data-state=item] #stage .item-data")).to_be_visible()
    return page


def test_thirty_fields_stand_in_two_columns_without_scrolling(visit, records, ann):
    page = opened(visit, records, ann)
    for number in (1, 2):  # the first as the server draws it, the second as the script does
        expect(page.locator("#stage")).to_contain_text(f"value 1 of {number}")
        fields = page.locator("#stage .item-data dl > div")
        expect(fields).to_have_count(30)
        assert len({round(field.bounding_box()["x"]) for field in fields.all()}) == 2
        assert page.locator("#stage").evaluate("(node) => node.scrollHeight <= node.clientHeight")
        press(page, "1")


def test_folded_fields_stay_open_with_the_next_record_and_links_open_apart(visit, records, ann):
    page = opened(visit, records, ann, "field 3", "field 1", "channel")
    press(page, "1")
    expect(page.locator("#stage")).to_contain_text("value 1 of 2")
    expect(page.locator(".item-context")).to_have_text("channelmail 2")
    assert page.locator("#stage dt").all_inner_texts()[:2] == ["field 3", "field 1"]
    link = page.locator("#stage a")
    assert [link.get_attribute(name) for name in ("href", "target", "rel")] == [
        "https://example.org/2", "_blank", "noopener noreferrer",
    ]  # fmt: skip
    expect(page.get_by_text("value 9 of 2")).to_be_hidden()
    page.get_by_text("28 more fields").click()
    expect(page.get_by_text("value 9 of 2")).to_be_visible()
    press(page, "2")
    expect(page.get_by_text("value 9 of 3")).to_be_visible()
    expect(page.locator(".item-context")).to_have_text("channelmail 3")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; `make test` installs it")
@pytest.mark.parametrize("shown", [(), ("field 3", "field 1", "channel")])
def test_axe_finds_nothing_and_nothing_overhangs(visit, records, ann, mona, shown):
    page = opened(visit, records, ann, *shown)
    managed = visit(f"/items/{records.items.first().pk}/", mona)
    for scheme, size in (("light", WIDE), ("dark", PHONE)):
        for name, screen in (("label", page), ("item", managed)):
            screen.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            screen.set_viewport_size(size)
            if folder := os.environ.get("PICTURES"):
                screen.screenshot(path=Path(folder) / f"{name}-{scheme}-{len(shown)}.png")
            assert faults(screen) == []
            assert overhang(screen) == 0
