"""Boxes on pictures: drawn, moved and accepted, with the gestures counted."""

import pytest
from playwright.sync_api import Page, expect

from annotate.imports.run import import_records
from annotate.models import Annotation, Suggestion
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_label import PAINTED
from tests.cpu_time import slowness
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
    expect(page.locator("[data-shapes-sum]")).not_to_be_empty()
    page.evaluate(PAINTED)
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
    page.keyboard.press("Enter")
    value = submitted(page)
    assert [part["label"] for part in value] == ["Button", "Button"]
    assert near(value[0]["box"], [195, 35, 305, 145], 1.5)
    assert near(value[1]["box"], [50, 40, 130, 120], 1.5)


CELLS = "1234QWERASDFZXCV"


def keys_to(x: float, y: float, width: float = 640, height: float = 400) -> list[str]:
    """The cells that lead to a pixel, until they are 4 pixels or finer."""
    left, top, keys = 0.0, 0.0, []
    while max(width, height) > 4:
        width, height = width / 4, height / 4
        column, row = min(3, int((x - left) / width)), min(3, int((y - top) / height))
        left, top = left + column * width, top + row * height
        keys.append(CELLS[4 * row + column].lower())
    return keys


def test_a_box_takes_at_most_twelve_keys_within_two_pixels(visit, table, ann):
    page = opened(visit, table, ann)
    keys = ["n", *keys_to(51, 43), *keys_to(133, 118)]
    for key in keys:
        page.keyboard.press(key)
    assert len(keys) <= 12
    assert near(drawn(page)[0], [51, 43, 133, 118], 2)
    page.keyboard.press("Enter")
    assert near(submitted(page)[0]["box"], [51, 43, 133, 118], 2)


def test_cells_whose_keys_open_a_sheet_elsewhere_are_cells(visit, table, ann):
    page = opened(visit, table, ann)
    keys = [*keys_to(230, 270), *keys_to(410, 390)]
    assert {"s", "c"} <= {*keys}  # skip with a reason, comment
    for key in ["n", *keys]:
        page.keyboard.press(key)
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    assert near(drawn(page)[0], [230, 270, 410, 390], 2)
    page.keyboard.press("c")
    expect(page.locator("#comment")).to_be_visible()


def test_keys_that_are_quicker_than_their_script_count_too(visit, table, ann):
    page = opened(visit, table, ann)
    late = []
    page.route("**/shapes/extras*.js", lambda route: late.append(route))
    page.reload()
    expect(page.locator("[data-quick]")).to_be_attached()
    drag(page, (50, 40), (130, 120))
    before = drawn(page)[0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+d")
    page.keyboard.press("1")
    assert drawn(page) == [before]
    late.pop().continue_()
    expect(page.locator("[data-shapes-sum]")).to_have_text("2 drawn")
    assert drawn(page)[0][0] == before[0] + 1


def test_a_click_on_a_button_that_is_quicker_than_its_script_counts_too(visit, table, ann):
    page = opened(visit, table, ann)
    late = []
    page.route("**/shapes/extras*.js", lambda route: late.append(route))
    page.reload()
    expect(page.locator("[data-quick]")).to_be_attached()
    page.get_by_role("button", name="4 points").click()
    eventually(page, lambda: bool(late))
    late.pop().continue_()
    expect(page.locator("#notice")).to_contain_text("Click the top, left, bottom and right end")
    for x, y in [(97, 40), (57, 80), (97, 120), (137, 80)]:
        page.mouse.click(*at(page, x, y))
    assert near(drawn(page)[0], [57, 40, 137, 120], 1.5)


def test_a_box_is_four_clicks_at_the_ends_of_a_thing(visit, table, ann):
    page = opened(visit, table, ann)
    page.keyboard.press("x")
    for x, y in [(97, 40), (57, 80), (97, 120), (137, 80)]:
        page.mouse.click(*at(page, x, y))
    assert near(drawn(page)[0], [57, 40, 137, 120], 1.5)


def test_keys_move_and_resize_and_undo_takes_back(visit, table, ann):
    page = opened(visit, table, ann)
    drag(page, (50, 40), (130, 120))
    before = drawn(page)[0]
    page.mouse.move(5, 5)
    for key in ["ArrowRight", "Shift+ArrowDown", "Alt+ArrowRight"]:
        page.keyboard.press(key)
    assert near(drawn(page)[0], [before[0] + 1, before[1] + 10, before[2] + 2, before[3] + 10], 0.11)
    for _ in range(3):
        page.keyboard.press("u")
    assert drawn(page)[0] == before
    page.keyboard.press("Delete")
    assert drawn(page) == []
    page.get_by_role("button", name="Undo U").click()
    assert drawn(page) == [before]
    page.keyboard.press("Control+d")
    assert len(drawn(page)) == 2


def test_tab_goes_from_shape_to_shape_and_centres_it(visit, table, ann):
    page = opened(visit, table, ann)
    drag(page, (50, 40), (130, 120))
    drag(page, (500, 250), (580, 350))
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("[data-list=drawn] [aria-current]")).to_contain_text("80 × 80")
    stage = page.locator("#stage").bounding_box()
    x, y = at(page, 90, 80)
    assert abs(x - stage["x"] - stage["width"] / 2) < 3
    assert abs(y - stage["y"] - stage["height"] / 2) < 3
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # after the last shape the focus goes on
    expect(page.locator("[data-list=drawn] [aria-current]")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") != "stage"


def test_a_box_is_drawn_inside_a_box_and_its_edge_is_dragged(visit, table, ann):
    page = opened(visit, table, ann)
    drag(page, (50, 40), (330, 320))
    drag(page, (100, 100), (200, 200))
    assert len(drawn(page)) == 2
    drag(page, (200, 150), (220, 150))  # the handle at its right
    assert near(drawn(page)[1], [100, 100, 220, 200], 1.5)
    drag(page, (100, 120), (110, 140))  # elsewhere on the edge moves it
    assert near(drawn(page)[1], [110, 120, 230, 220], 1.5)


def test_all_suggestions_are_accepted_by_one_key(visit, table, ann):
    item = table.items.order_by("pk").first()
    part = {"box": [57, 40, 137, 120], "label": "Coin", "probability": 0.91}
    other = {"box": [200, 40, 300, 140], "label": "Button", "probability": 0.78}
    value = [{"box": shape["box"], "label": shape["label"]} for shape in (part, other)]
    Suggestion.objects.create(
        project=table, item=item, model="yolo", value=value, parts=[part, other], created_at=item.created_at
    )
    page = opened(visit, table, ann)
    expect(page.locator("[data-shapes-sum]")).to_have_text("0 drawn · 2 suggested")
    expect(page.locator("[data-list=suggested] li").first).to_contain_text("91 %")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("2 suggested: Shift+Y accepts all")
    page.keyboard.press("Shift+Y")
    expect(page.locator("[data-shapes-sum]")).to_have_text("2 drawn")
    page.keyboard.press("Enter")
    assert submitted(page) == sorted(value, key=lambda shape: shape["label"])
    assert Annotation.objects.latest("pk").part_origins == ["accepted", "accepted"]


def test_a_suggestion_is_edited_or_dropped(visit, table, ann):
    item = table.items.order_by("pk").first()
    value = [{"box": [57, 40, 137, 120], "label": "Coin"}, {"box": [200, 40, 300, 140], "label": "Coin"}]
    Suggestion.objects.create(project=table, item=item, model="yolo", value=value, created_at=item.created_at)
    page = opened(visit, table, ann)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    origins = page.evaluate("JSON.parse(localStorage['annotate-drafts']).at(-1)[1].map((part) => part.origin)")
    assert origins == ["edited"]
    page.keyboard.press("Enter")
    assert submitted(page) == [{"box": [58, 40, 138, 120], "label": "Coin"}]


def test_fifty_boxes_are_there_when_the_browser_comes_back(visit, table, ann):
    page = opened(visit, table, ann)
    for n in range(50):
        x, y = 20 + 60 * (n % 10), 20 + 70 * (n // 10)
        drag(page, (x, y), (x + 40, y + 40))
    before = drawn(page)
    assert len(before) == 50
    again = page.context.new_page()
    page.close()  # without a word to the page
    again.goto(f"/projects/{table.pk}/label/")
    expect(again.locator("[data-list=drawn] li")).to_have_count(50)
    assert drawn(again) == before


def test_shapes_are_copied_from_the_picture_before(visit, table, ann):
    page = opened(visit, table, ann)
    drag(page, (50, 40), (130, 120))
    page.keyboard.press("Enter")
    expect(page.locator("[data-today]")).to_have_text("1")
    expect(page.locator("body[data-state=item]")).to_be_attached()
    expect(page.locator("[data-list=drawn] li")).to_have_count(0)
    page.evaluate(PAINTED)
    page.keyboard.press("v")
    assert near(drawn(page)[0], [50, 40, 130, 120], 1.5)


def test_a_skip_asks_before_boxes_are_lost_and_space_drags(visit, table, ann):
    page = opened(visit, table, ann)
    drag(page, (50, 40), (130, 120))
    messages = []
    page.on("dialog", lambda dialog: (messages.append(dialog.message), dialog.dismiss()))
    before = at(page, 0, 0)
    page.keyboard.down(" ")
    page.mouse.move(400, 300)
    page.mouse.down()
    page.mouse.move(430, 310)
    page.mouse.move(450, 320)
    page.mouse.up()
    page.keyboard.up(" ")
    assert at(page, 0, 0) == pytest.approx((before[0] + 50, before[1] + 20), abs=2)
    assert not messages
    page.keyboard.press(" ")
    assert messages == ["Skip this item and drop 1 box?"]
    assert len(drawn(page)) == 1


def test_the_wheel_zooms_where_the_pointer_is(visit, table, ann):
    page = opened(visit, table, ann)
    x, y = at(page, 300, 200)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    eventually(page, lambda: page.locator(".stage .item-image").bounding_box()["width"] > 700)
    assert at(page, 300, 200) == pytest.approx((x, y), abs=1.5)


@pytest.mark.parametrize(
    "options", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 780}}]
)
def test_the_screen_for_boxes_is_accessible(visit, table, ann, options):
    page = opened(visit, table, ann, **options)
    drag(page, (50, 40), (130, 120))
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_input_costs_little_with_two_hundred_boxes(visit, table, ann):
    item = table.items.order_by("pk").first()
    value = [
        {"box": [10 + 30 * (n % 20), 10 + 38 * (n // 20), 34 + 30 * (n % 20), 40 + 38 * (n // 20)], "label": "Coin"}
        for n in range(200)
    ]
    Suggestion.objects.create(project=table, item=item, model="yolo", value=value, created_at=item.created_at)
    page = opened(visit, table, ann)
    page.keyboard.press("Shift+Y")
    expect(page.locator("[data-shapes-sum]")).to_have_text("200 drawn")
    page.keyboard.press("Tab")
    page.wait_for_timeout(300)
    session = page.context.new_cdp_session(page)
    session.send(
        "Performance.enable", {"timeDomain": "threadTicks"}
    )  # of this thread alone: others keep the machine busy

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    begin = spent()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    by_key = (spent() - begin) / 20
    begin = spent()
    page.mouse.move(*at(page, 300, 20))
    page.mouse.down()
    page.mouse.move(*at(page, 420, 180), steps=20)
    page.mouse.up()
    page.wait_for_timeout(100)
    by_move = (spent() - begin) / 20
    assert max(by_key, by_move) < 30 * slowness()  # milliseconds of processor time; 15 and 8 were measured
