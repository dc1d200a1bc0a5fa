"""My projects: how far each is, what I am in it, and what to do next."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.queue.leasing import lease, lease_next
from annotate.queue.submitting import submit
from annotate.reviews import send_back
from projects.models import Project
from tests.conftest import add_texts
from tests.pages import markup_of


def home(client, user) -> str:
    client.force_login(user)
    return markup_of(client.get("/"))


def test_who_has_no_project_is_told_what_to_do(client, otto, reviews):
    text = home(client, otto)
    assert "No project yet" in text and "/projects/new/" in text
    assert "Reviews" not in text


def test_an_annotator_goes_on_labelling(client, ann, reviews):
    assert "Start labelling" in home(client, ann)
    submit(lease(reviews, ann)[0], "positive")
    text = home(client, ann)
    assert "Go on labelling" in text and "Annotator" in text
    assert "<strong>1</strong> of 10 items done" in text and "You: 1, today 1" in text


def test_an_item_that_is_out_is_not_done(client, ann, reviews):
    lease_next(reviews, ann)
    assert "<strong>0</strong> of 10 items done" in home(client, ann)


def test_an_item_with_one_of_two_votes_is_not_done(client, ann, abe, make_project):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one"])
    submit(lease(project, ann)[0], "positive")
    assert "<strong>0</strong> of 1 items done" in home(client, ann)
    lease_next(project, abe)
    assert "<strong>0</strong> of 1 items done" in home(client, ann)


def test_a_manager_of_an_empty_project_imports(client, mona, make_project):
    project = make_project()
    assert f"/projects/{project.pk}/import/" in home(client, mona)


def test_an_annotator_of_an_empty_project_waits(client, ann, make_project):
    project = make_project()
    text = home(client, ann)
    assert "Wait for items" in text and f"/projects/{project.pk}/import/" not in text


def test_a_manager_exports_what_is_done(client, mona, ann, make_project):
    project = make_project()
    add_texts(project, ["one"])
    submit(lease(project, ann)[0], "positive")
    assert f"/projects/{project.pk}/export/" in home(client, mona)


def test_many_projects_cost_no_more_queries_than_one(client, mona, make_project, reviews):
    client.force_login(mona)
    with CaptureQueriesContext(connection) as queries_of_one:
        client.get("/")
    for _ in range(4):
        make_project()
    with CaptureQueriesContext(connection) as queries_of_five:
        client.get("/")
    assert Project.objects.count() == 5
    assert len(queries_of_five) == len(queries_of_one)


def test_the_project_in_which_most_items_wait_comes_first(client, ann, make_project):
    add_texts(make_project(name="Many"), ["one", "two", "three"])
    add_texts(make_project(name="Few"), ["one"])
    text = home(client, ann)
    assert text.index(">Many<") < text.index(">Few<")


def test_a_superuser_sees_all_as_their_manager(client, django_user_model, reviews):
    boss = django_user_model.objects.create_superuser("boss")
    assert "Manager" in home(client, boss)


def test_where_staff_make_projects_others_are_offered_none(client, otto, settings):
    settings.PROJECTS_BY = "staff"
    text = home(client, otto)
    assert "On this site the staff make projects" in text and "/projects/new/" not in text
    refused = client.get("/projects/new/")
    assert refused.status_code == 403
    assert "Only staff make projects on this site" in markup_of(refused)
    otto.is_staff = True
    otto.save()
    assert client.get("/projects/new/").status_code == 200
    assert "/projects/new/" in home(client, otto)


def test_what_waits_for_me_comes_first(client, ann, rita, make_project):
    names = ["done", "sent back", "begun", "new", "empty"]
    projects = {name: make_project(name=name) for name in names}
    for name in names[:-1]:
        add_texts(projects[name], ["one"] if name in ("done", "sent back") else ["one", "two"])
    for name in ("done", "sent back", "begun"):
        submit(lease(projects[name], ann)[0], "positive")
    send_back(list(projects["sent back"].annotations.all()), rita)
    text = home(client, ann)
    places = [text.index(f">{name}</a></h2>") for name in ("sent back", "begun", "new", "empty", "done")]
    assert places == sorted(places)


def test_the_menu_leads_to_the_projects_of_a_person_by_name(client, make_project, mona, otto):
    make_project(name="b")
    make_project(name="A <i>")
    for person, expected in ((mona, ["A &lt;i&gt;", "b", "All my projects"]), (otto, ["All my projects"])):
        client.force_login(person)
        assert re.findall(r"<a[^>]*>([^<]*)</a>", markup_of(client.get("/projects/menu/"))) == expected
