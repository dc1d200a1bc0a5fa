"""Labels under other labels, however they are set up."""

import pytest
from rest_framework.test import APIClient

from projects import setup
from projects.forms import LabelFormSet
from projects.labels.groups import in_groups
from projects.labels.rows import LabelRow, current_rows
from projects.models import Project

STREET = [
    LabelRow("tram", parent="vehicle"),
    LabelRow("fog"),
    LabelRow("vehicle"),
    LabelRow("estate", parent="car"),
    LabelRow("car", parent="vehicle"),
]


@pytest.fixture
def street(mona) -> Project:
    return setup.create(mona, {"name": "street"}, STREET)


@pytest.fixture
def api(mona) -> APIClient:
    api = APIClient()
    api.force_authenticate(mona)
    return api


def groups(project: Project) -> list[tuple[str, str]]:
    return [(group, label.name) for group, label in in_groups(list(project.labels.all()))]


def parents(project: Project) -> dict[str, str | None]:
    return dict(project.labels.values_list("name", "parent__name"))


def address(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


def labels_of(api, project: Project) -> list[dict]:
    return api.get(address(project)).json()["labels"]


def test_a_parent_stands_first_in_its_group_and_can_be_chosen(street):
    assert groups(street) == [
        ("", "fog"),
        ("vehicle", "vehicle"),
        ("vehicle", "tram"),
        ("vehicle › car", "car"),
        ("vehicle › car", "estate"),
    ]


def test_children_follow_a_parent_that_is_renamed(api, street):
    labels = [{**row, "name": row["name"].replace("vehicle", "traffic")} for row in labels_of(api, street)]
    assert api.patch(address(street), {"labels": labels}).status_code == 200
    assert parents(street) == {"tram": "traffic", "fog": None, "traffic": None, "estate": "car", "car": "traffic"}


def test_what_is_left_out_of_a_label_stays_as_it_is(api, street):
    street.labels.filter(name="tram").update(color="#d55e00", hotkey="t", description="On rails.")
    before = parents(street)
    rows = [{"id": label.pk, "name": label.name} for label in street.labels.all()]
    rows[0]["name"] = "tramway"
    answer = api.patch(f"/api/projects/{street.pk}/", {"labels": rows})
    assert answer.status_code == 200, answer.json()
    assert parents(street) == {"tramway" if name == "tram" else name: parent for name, parent in before.items()}
    changed = street.labels.get(name="tramway")
    assert (changed.color, changed.hotkey, changed.description) == ("#d55e00", "t", "On rails.")
    api.patch(f"/api/projects/{street.pk}/", {"labels": [{**row, "parent": ""} for row in rows]})
    assert set(parents(street).values()) == {None}


def test_children_of_a_parent_that_is_removed_have_none(api, street):
    labels = [row for row in labels_of(api, street)[::-1] if row["name"] != "vehicle"]
    answer = api.patch(address(street), {"labels": labels})
    assert [(row["name"], row["parent"]) for row in answer.json()["labels"]] == [
        ("car", ""),
        ("estate", "car"),
        ("fog", ""),
        ("tram", ""),
    ]


def test_a_new_parent_alone_is_a_change(street, mona):
    rows = [LabelRow(row.name) for row in STREET]
    assert setup.set_labels(street, mona, rows) == ["labels"]
    assert set(parents(street).values()) == {None}


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([LabelRow("a", parent="b"), LabelRow("c")], "'b' cannot be the parent of 'a': there is no such label."),
        ([LabelRow("a", parent="a"), LabelRow("c")], "'a' cannot be under itself"),
        ([LabelRow("a", parent="c"), LabelRow("c", parent="a")], "'a' cannot be under itself"),
    ],
)
def test_what_is_no_tree_is_refused(api, street, labels, reason):
    rows = [{"name": row.name, "parent": row.parent} for row in labels]
    answer = api.patch(address(street), {"labels": rows})
    assert answer.status_code == 400
    assert reason in answer.json()["labels"][0]
    assert len(parents(street)) == 5


def form_of(project: Project, **names: str) -> dict:
    """The label editor as a browser sends it, with other names for some labels."""
    editor = LabelFormSet.of([vars_of(row) for row in current_rows(project)])
    fields = {field.html_name: field.value() or "" for form in editor for field in form}
    fields = {name: names.get(str(value), value) if name.endswith("-name") else value for name, value in fields.items()}
    return {"labels-TOTAL_FORMS": len(editor.forms), "labels-INITIAL_FORMS": 0, **fields}


def vars_of(row: LabelRow) -> dict:
    return {name: getattr(row, name) for name in row.__slots__}


def test_the_settings_show_and_store_parents(client, street, mona):
    client.force_login(mona)
    page = client.get(f"/projects/{street.pk}/settings/")
    assert [form["parent"].value() for form in page.context["editor"]] == ["vehicle", "", "", "car", "vehicle"]
    form = {**form_of(street, car="automobile"), "labels-1-parent": "vehicle"}
    assert client.post(f"/projects/{street.pk}/settings/labels/", form).status_code == 302
    assert parents(street)["estate"] == "automobile"
    assert parents(street)["fog"] == "vehicle"


def test_the_settings_say_which_parent_there_is_not(client, street, mona):
    client.force_login(mona)
    form = {**form_of(street), "labels-1-parent": "weather"}
    page = client.post(f"/projects/{street.pk}/settings/labels/", form)
    assert "there is no such label" in page.content.decode()
    assert parents(street)["fog"] is None


def test_removing_a_row_of_the_editor_frees_its_children(street):
    editor = LabelFormSet.edited(form_of(street), "remove-2")
    rows = [(form["name"].value(), form["parent"].value()) for form in editor]
    assert rows == [("tram", ""), ("fog", ""), ("estate", "car"), ("car", "")]


def test_a_pasted_list_has_the_parent_in_its_fourth_column():
    editor = LabelFormSet.edited({"pasted_labels": "vehicle\ntram\tt\tOn rails\tvehicle"}, "paste")
    assert [(form["name"].value(), form["parent"].value()) for form in editor] == [("vehicle", ""), ("tram", "vehicle")]


def test_parents_cost_no_query_each(api, street, mona, django_assert_max_num_queries):
    labels_of(api, street)
    many = [LabelRow("all"), *(LabelRow(f"label {number}", parent="all") for number in range(100))]
    setup.set_labels(street, mona, many)
    with django_assert_max_num_queries(12):
        assert {row["parent"] for row in labels_of(api, street)} == {"", "all"}
