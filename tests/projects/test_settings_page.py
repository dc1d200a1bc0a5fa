"""The set-up of a project, changed by its managers."""

import pytest
from django.forms import model_to_dict
from django.utils.html import escape

from annotate.models import Annotation, QueueEntry
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from annotate_kit import aggregation
from projects.forms import LabelForm, LabelFormSet, SettingsForm
from projects.labels.checks import MOST_LABELS
from projects.models import Event, Project


@pytest.fixture
def as_mona(client, mona, reviews):
    client.force_login(mona)
    return client


def address(project: Project, rest: str = "") -> str:
    return f"/projects/{project.pk}/settings/{rest}"


def filled(project: Project, **changes) -> dict:
    fields = {**model_to_dict(project, SettingsForm.Meta.fields), **changes}
    fields["shown_fields"] = "\n".join(fields["shown_fields"])
    return {name: "" if value is None else value for name, value in fields.items()}


def rows(*labels: dict) -> dict:
    """The label editor as a browser sends it."""
    fields = {f"labels-{place}-{name}": value for place, row in enumerate(labels) for name, value in row.items()}
    return {"labels-TOTAL_FORMS": len(labels), "labels-INITIAL_FORMS": len(labels), **fields}


def present(project: Project) -> list[dict]:
    return [
        {"id": label.pk, "name": label.name, "hotkey": label.hotkey, "color": "#0072b2", "description": ""}
        for label in project.labels.all()
    ]


@pytest.mark.parametrize(("who", "status"), [("mona", 200), ("rita", 403), ("ann", 403), ("otto", 404)])
def test_only_managers_set_up(client, request, reviews, who, status):
    client.force_login(request.getfixturevalue(who))
    assert client.get(address(reviews)).status_code == status
    for rest in ("labels/", "delete/"):
        assert client.post(address(reviews, rest), {"name": "another name"}).status_code == status


def test_every_field_of_a_project_has_its_place(reviews):
    fields = {field.name for field in Project._meta.fields if field.editable} - {"id", "options"}
    assert sorted(SettingsForm.Meta.fields) == sorted(fields)


def test_each_method_of_aggregation_is_explained_and_one_recommended(as_mona, reviews):
    page = as_mona.get(address(reviews)).content.decode()
    assert page.count(", recommended</option>") == 1
    assert "Automatic (four readings averaged), recommended</option>" in page
    assert all(len(aggregation.registry.about(name)) > 20 for name in aggregation.registry.names)
    assert all(escape(aggregation.registry.about(name)) in page for name in aggregation.registry.names)


def test_a_manager_hides_names_from_reviewers(as_mona, reviews):
    as_mona.post(address(reviews), filled(reviews, hide_names=True))
    reviews.refresh_from_db()
    assert reviews.hide_names


def test_a_manager_leaves_uncertain_items_to_the_most_skilled(as_mona, reviews):
    as_mona.post(address(reviews), filled(reviews, votes_most=3, route_by_skill=True))
    reviews.refresh_from_db()
    assert reviews.route_by_skill and reviews.routes_votes


def test_uncertain_items_may_get_more_votes(as_mona, reviews):
    as_mona.post(address(reviews), filled(reviews, votes_most=5, votes_target=0.9))
    reviews.refresh_from_db()
    assert (reviews.votes_most, reviews.votes_budget, reviews.votes_target, reviews.adapts_votes) == (5, 1.5, 0.9, True)
    as_mona.post(address(reviews), filled(reviews, votes_most="", votes_target="", votes_budget=""))
    reviews.refresh_from_db()
    assert (reviews.votes_most, reviews.votes_budget, reviews.votes_target, reviews.adapts_votes) == (
        0,
        1.5,
        None,
        False,
    )


def test_fields_shown_first_are_names_one_a_line(as_mona, reviews):
    item = reviews.items.first()
    item.meta = {"channel": "mail", "stars": 4}
    item.save()
    as_mona.post(address(reviews), {**filled(reviews), "shown_fields": " stars \nchannel\n\nstars"})
    reviews.refresh_from_db()
    assert reviews.shown_fields == ["stars", "channel"]
    page = as_mona.post(address(reviews), {**filled(reviews), "shown_fields": "chanel"}).content.decode()
    assert "There is no field “chanel”; there are stars, channel." in page
    as_mona.post(address(reviews), {**filled(reviews), "shown_fields": ""})
    reviews.refresh_from_db()
    assert reviews.shown_fields == []


def test_fields_that_are_not_sent_stay_as_they_are(as_mona, reviews):
    Project.objects.filter(pk=reviews.pk).update(votes_most=5, votes_target=0.9)
    sent = {name: value for name, value in filled(reviews).items() if not name.startswith("votes_")}
    as_mona.post(address(reviews), {**sent, "votes_wanted": 2})
    reviews.refresh_from_db()
    assert (reviews.votes_wanted, reviews.votes_most, reviews.votes_target) == (2, 5, 0.9)


def test_a_change_is_stored_written_down_and_followed_by_the_queue(as_mona, reviews, mona):
    response = as_mona.post(address(reviews), filled(reviews, votes_wanted=2, guidelines="# Read this"), follow=True)
    assert "The settings are saved" in response.content.decode()
    reviews.refresh_from_db()
    assert (reviews.votes_wanted, reviews.guidelines) == (2, "# Read this")
    assert set(QueueEntry.objects.values_list("wanted", flat=True)) == {2}
    event = reviews.events.get()
    assert event.actor == mona and event.data["votes_wanted"] == [1, 2]
    assert "votes wanted: 1 → 2" in response.content.decode()


def test_guidelines_are_shown_as_people_see_them(as_mona, reviews):
    Project.objects.update(guidelines="# Read *this*\n\n<script>alert(1)</script>")
    text = as_mona.get(address(reviews)).content.decode()
    assert "<em>this</em>" in text and "<script>alert" not in text


def test_nothing_changed_writes_nothing_down(as_mona, reviews):
    as_mona.post(address(reviews), filled(reviews))
    assert not reviews.events.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("votes_wanted", 0), ("votes_wanted", 101), ("explore", 0.7), ("name", ""), ("features", "x")]
)
def test_a_wrong_value_is_told_and_nothing_is_stored(as_mona, reviews, field, value):
    response = as_mona.post(address(reviews), filled(reviews, **{field: value}))
    assert 'aria-invalid="true"' in response.content.decode()
    assert not Event.objects.exists()


def test_a_shuffled_order_is_followed(as_mona, reviews):
    before = list(QueueEntry.objects.order_by("rank").values_list("item", flat=True))
    as_mona.post(address(reviews), filled(reviews, order="shuffled"))
    assert list(QueueEntry.objects.order_by("rank").values_list("item", flat=True)) != before


def test_the_kind_of_answer_is_fixed_once_there_are_some(as_mona, reviews, ann):
    submit(lease(reviews, ann)[0], "positive")
    as_mona.post(address(reviews), filled(reviews, task_type="multiple_choice"))
    assert Project.objects.filter(pk=reviews.pk, task_type="single_choice").exists()


# Labels


def test_labels_are_added_renamed_moved_and_coloured(as_mona, reviews, ann):
    submit(lease(reviews, ann)[0], "positive")
    good, bad = present(reviews)
    as_mona.post(
        address(reviews, "labels/"),
        rows(
            {**bad, "color": "#123456", "hotkey": "n"},
            {**good, "name": "good"},
            {"name": "mixed", "hotkey": "3", "color": "#abcdef", "description": "Both at once."},
        ),
    )
    labels = list(reviews.labels.values_list("name", "hotkey", "color", "description"))
    assert labels == [
        ("negative", "n", "#123456", ""),
        ("good", "1", "#0072b2", ""),
        ("mixed", "3", "#abcdef", "Both at once."),
    ]
    assert Annotation.objects.get().value == "good"


def test_two_labels_swap_their_names_and_their_answers_follow(as_mona, reviews, ann):
    submit(lease(reviews, ann)[0], "positive")
    good, bad = present(reviews)
    swapped = rows({**good, "name": "negative", "hotkey": "2"}, {**bad, "name": "positive", "hotkey": "1"})
    as_mona.post(address(reviews, "labels/"), swapped)
    assert [label.name for label in reviews.labels.all()] == ["negative", "positive"]
    assert Annotation.objects.get().value == "negative"


def test_a_label_in_use_stays(as_mona, reviews, ann):
    submit(lease(reviews, ann)[0], "positive")
    response = as_mona.post(
        address(reviews, "labels/"), rows(present(reviews)[1], {"name": "mixed", "color": "#abcdef"})
    )
    assert "cannot be removed" in response.content.decode()
    assert [label.name for label in reviews.labels.all()] == ["positive", "negative"]


def test_a_label_without_answers_goes(as_mona, reviews):
    as_mona.post(address(reviews, "labels/"), rows(present(reviews)[1], {"name": "mixed", "color": "#abcdef"}))
    assert [label.name for label in reviews.labels.all()] == ["negative", "mixed"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "negative"}, "Two labels are called “negative”"),
        ({"hotkey": "2"}, "Two labels have the key “2”"),
        ({"hotkey": "f"}, "“f” flags on the labelling screen"),
        ({"hotkey": "s"}, "“s” skips with a reason on the labelling screen"),
        ({"hotkey": "é"}, "A key is one digit or one small letter"),
        ({"color": "red"}, "A colour is # and six hex digits"),
        ({"name": ""}, "Give it a name, or remove the row"),
        ({"id": 0}, "was removed meanwhile"),
    ],
)
def test_what_is_wrong_with_a_label_is_told(as_mona, reviews, change, error):
    good, bad = present(reviews)
    if change.get("id") == 0:
        change = {"id": reviews.labels.last().pk + 1000}
    response = as_mona.post(address(reviews, "labels/"), rows({**good, **change}, bad))
    assert error in response.content.decode()
    assert [label.name for label in reviews.labels.all()] == ["positive", "negative"]


def test_one_label_is_no_choice(as_mona, reviews):
    response = as_mona.post(address(reviews, "labels/"), rows(present(reviews)[0]))
    assert "Give at least two labels" in response.content.decode()


@pytest.mark.parametrize(
    ("action", "names"),
    [("more", ["positive", "negative", "", "", ""]), ("up-1", ["negative", "positive"]), ("remove-0", ["negative"])],
)
def test_rows_come_move_and_go_without_a_script(as_mona, reviews, action, names):
    response = as_mona.post(address(reviews, "labels/"), {**rows(*present(reviews)), "act": action})
    editor = response.context["editor"]
    assert [form["name"].value() or "" for form in editor] == names
    assert "not saved yet" in response.content.decode()
    assert [label.name for label in reviews.labels.all()] == ["positive", "negative"]


@pytest.mark.slow(reason="two pages of three hundred forms")
def test_three_hundred_labels_are_moved_and_saved_and_none_is_lost(as_mona, make_project):
    taxonomy = make_project(labels=[f"species {number}" for number in range(300)])
    edited = as_mona.post(address(taxonomy, "labels/"), {**rows(*present(taxonomy)), "act": "down-0"}).context["editor"]
    filled = [{name: form[name].value() or "" for name in LabelForm.base_fields} for form in edited]
    response = as_mona.post(address(taxonomy, "labels/"), rows(*filled))
    assert response.status_code == 302, response.context["editor"].non_form_errors()
    assert taxonomy.labels.count() == 300


@pytest.mark.parametrize("action", ["more", "up-999"])
def test_the_editor_cuts_off_none_of_as_many_labels_as_a_project_may_have(action):
    names = [f"species {number}" for number in range(MOST_LABELS)]
    edited = LabelFormSet.edited(rows(*({"name": name, "color": "#123456"} for name in names)), action)
    filled = [{"name": form["name"].value() or "", "color": form["color"].value()} for form in edited]
    saved = LabelFormSet(rows(*filled), prefix="labels")
    assert saved.is_valid(), saved.non_form_errors()
    assert {row.name for row in saved.rows} == set(names)


def test_one_label_more_than_a_project_may_have_is_refused():
    names = [f"species {number}" for number in range(MOST_LABELS + 1)]
    editor = LabelFormSet(rows(*({"name": name, "color": "#123456"} for name in names)), prefix="labels")
    assert not editor.is_valid()
    assert editor.non_form_errors() == [f"A project has at most {MOST_LABELS} labels; these are {MOST_LABELS + 1}."]


# The end


def test_deleting_asks_for_the_name(as_mona, reviews):
    response = as_mona.post(address(reviews, "delete/"), {"name": "reviews"})
    assert "That is not its name" in response.content.decode()
    assert Project.objects.filter(pk=reviews.pk).exists()


def test_a_deleted_project_leaves_an_event_alone(as_mona, reviews, ann, mona):
    submit(lease(reviews, ann)[0], "positive")
    assert as_mona.post(address(reviews, "delete/"), {"name": "Reviews"}).url == "/"
    assert not Project.objects.exists() and not Annotation.objects.exists()
    event = Event.objects.get()
    assert (event.act, event.actor, event.data["name"]) == ("deleted", mona, "Reviews")


def test_a_member_is_told_for_whom_the_page_is_and_whom_to_ask(client, reviews, ann):
    client.force_login(ann)
    page = client.get(address(reviews)).content.decode()
    assert "This page is for managers" in page
    assert "ask <strong>mona</strong>" in page
    assert "You are an annotator in" in page


def test_a_pasted_list_becomes_rows_and_nothing_typed_is_lost(as_mona, reviews):
    form = {
        **rows(*present(reviews)),
        "pasted_labels": "mixed\tm\tA bit of both\r\n\r\npositive\tGood news\nspam\tx\n  off topic  ",
        "act": "paste",
    }
    editor = as_mona.post(address(reviews, "labels/"), form).context["editor"]
    shown = [(row["name"].value(), row["hotkey"].value(), row["description"].value()) for row in editor]
    assert shown == [
        ("positive", "1", "Good news"),
        ("negative", "2", ""),
        ("mixed", "m", "A bit of both"),
        ("spam", "x", ""),
        ("off topic", "", ""),
    ]
    assert reviews.labels.count() == 2  # until it is saved
    saved = {field.html_name: field.value() or "" for row in editor for field in row}
    as_mona.post(address(reviews, "labels/"), {**rows(*[{}] * 5), **saved})
    assert list(reviews.labels.values_list("name", flat=True)) == [name for name, *_ in shown]


def test_what_was_pasted_and_not_added_is_added_first_when_the_labels_are_saved(as_mona, reviews):
    form = {**rows(*present(reviews)), "pasted_labels": "mixed"}
    editor = as_mona.post(address(reviews, "labels/"), form).context["editor"]
    assert [row["name"].value() for row in editor] == ["positive", "negative", "mixed"]
    assert reviews.labels.count() == 2


def test_five_hundred_labels_are_pasted_without_keys():
    names = [f"species {number}" for number in range(500)]
    editor = LabelFormSet.edited({**rows({"name": ""}), "pasted_labels": "\n".join(names)}, "paste")
    assert [row["name"].value() for row in editor] == names
    assert {row["hotkey"].value() for row in editor} == {""}
    assert len({row["color"].value() for row in editor}) == 50
