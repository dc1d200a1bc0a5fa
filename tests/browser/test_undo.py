"""Taking answers back on the labelling screen, and looking at them again."""

from uuid import uuid4

from playwright.sync_api import expect

from annotate.models import Annotation, AnnotationChange, Assignment, QueueEntry
from annotate.queue.submitting import submit
from annotate.reviews import accept
from tests.browser.test_label import all_saved, press, shown


def test_undo_goes_back_through_answers_and_skips_to_any_depth(screen, ann):
    press(screen, "1", "2", "Space", "1")
    assert shown(screen) == "text 4"
    press(screen, "u", "Backspace", "Control+z", "u")
    assert shown(screen) == "text 0"
    expect(screen.locator(":checked")).to_have_value("positive")
    expect(screen.locator("[data-today]")).to_have_text("0")
    press(screen, "2", "2", "2", "2", "2")
    assert shown(screen) == "text 5"
    all_saved(screen)
    values = Annotation.objects.filter(annotator=ann).values_list("item__text", "value")
    assert dict(values) == {f"text {number}": "negative" for number in range(5)}
    assert not Assignment.objects.filter(status="skipped").exists()
    assert AnnotationChange.objects.filter(act="undone").count() == 3


def test_an_answer_that_a_reviewer_settled_meanwhile_stays_and_the_screen_says_why(screen, ann, rita):
    press(screen, "1", "2")
    all_saved(screen)
    accept([Annotation.objects.get(item__text="text 1")], rita)
    press(screen, "u")
    expect(screen.get_by_text("A reviewer has settled this answer")).to_be_visible()
    expect(screen.locator("#stage")).to_have_text("text 2")
    all_saved(screen)
    expect(screen.locator("[data-today]")).to_have_text("2")
    press(screen, "u")
    assert shown(screen) == "text 0"
    all_saved(screen)
    assert Annotation.objects.get().item.text == "text 1"


def test_undo_reaches_behind_a_reload_which_shows_the_same_item(screen, reviews):
    press(screen, "1")
    all_saved(screen)  # two on their way at once may be stored the other way round
    press(screen, "2")
    all_saved(screen)
    screen.reload()
    expect(screen.locator("[data-quick] #stage")).to_have_text("text 2")
    press(screen, "u", "u")
    assert shown(screen) == "text 0"
    all_saved(screen)
    assert not Annotation.objects.exists()
    assert not QueueEntry.objects.exclude(taken__in=[0, 1]).exists()


def test_an_undo_leaves_a_newer_answer_from_elsewhere_alone(screen):
    press(screen, "1")
    all_saved(screen)
    submit(Assignment.objects.get(status="submitted"), "negative", client_key=uuid4())
    with screen.expect_response("**/annotation/?client_key=*"):
        press(screen, "u")
    all_saved(screen)
    assert Annotation.objects.get().value == "negative"


def test_looking_back_changes_nothing(screen):
    press(screen, "1", "2", "ArrowLeft")
    assert shown(screen) == "text 1"
    expect(screen.locator(":checked")).to_have_value("negative")
    press(screen, "1", "ArrowLeft", "ArrowLeft")
    assert shown(screen) == "text 0"
    press(screen, "ArrowRight", "ArrowRight")
    assert shown(screen) == "text 2"
    press(screen, "1")
    all_saved(screen)
    assert list(Annotation.objects.order_by("item").values_list("value", flat=True)) == [
        "positive",
        "negative",
        "positive",
    ]


def test_answers_from_before_a_reload_are_shown_and_taken_back_as_well(screen):
    press(screen, "1")
    all_saved(screen)  # two on their way at once may be stored the other way round
    press(screen, "2")
    all_saved(screen)
    screen.reload()
    expect(screen.locator("[data-quick]")).to_be_attached()
    press(screen, "ArrowLeft")
    assert shown(screen) == "text 1"
    expect(screen.locator(":checked")).to_have_value("negative")
    expect(screen.locator("[data-today]")).to_have_text("2")
    press(screen, "u")
    expect(screen.locator("[data-today]")).to_have_text("1")


def test_an_answer_that_is_looked_at_can_be_taken_back(screen):
    press(screen, "1", "1", "1", "ArrowLeft", "ArrowLeft", "u")
    assert shown(screen) == "text 1"
    press(screen, "2")
    assert shown(screen) == "text 3"
    all_saved(screen)
    assert Annotation.objects.get(item__text="text 1").value == "negative"
