"""The first hour of a team: an empty server, an ordinary file, two colleagues, the first label."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts import first_run
from accounts.models import User
from annotate.models import Annotation, Item
from projects.models import Membership, Project
from tests.browser.conftest import eventually

MOST_CLICKS = 12  # of all people together
ADDRESSES = ("/setup/", "/projects/", "/join/", "/")
MESSAGES = "id,message,channel,stars,date\n" + "".join(
    f'{n},"Message {n}, as it was sent",{["web", "mail"][n % 2]},{n % 5 + 1},2026-01-{n % 28 + 1:02}\n'
    for n in range(1, 201)
)


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "messages.csv"
    path.write_text(MESSAGES)
    return path


class Clicks:
    """Counts what is pressed in the pages of all people, and notes where they were."""

    def __init__(self) -> None:
        self.count = 0
        self.visited: list[str] = []

    def watch(self, page: Page) -> Page:
        page.expose_binding("pressed", lambda _: self._pressed())
        page.add_init_script("addEventListener('pointerdown', (event) => event.isTrusted && pressed(), true);")
        page.on("framenavigated", lambda frame: self.visited.append(frame.url))
        return page

    def _pressed(self) -> None:
        self.count += 1


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def set_up(page: Page, file: Path) -> list[str]:
    """From the link of the first run to a project with people; the links for them."""
    page.goto(first_run.path())
    page.get_by_label("User name").fill("lena")
    page.get_by_label("Password").fill("a long phrase here")
    press(page, "Make the account")
    page.get_by_role("link", name="New project").first.click()

    page.get_by_label("What is the project called?").fill("Messages")
    press(page, "Next: the data")
    with page.expect_file_chooser() as chooser:
        page.get_by_label("A file").click()
    chooser.value.set_files(file)
    press(page, "Next: the labels")

    names = page.locator("td.name input:visible")
    names.nth(0).focus()
    page.keyboard.type("question")
    names.nth(1).focus()
    page.keyboard.type("complaint")
    press(page, "Next: the people")
    page.get_by_label("Annotators").fill("bo, cy")
    press(page, "Make the project")
    links = []
    for name in ("bo", "cy"):
        row = page.get_by_role("listitem").filter(has_text=name)
        row.get_by_role("button", name="Copy link").click()
        expect(row.get_by_role("button", name="Copied")).to_be_visible()
        links.append(page.evaluate("navigator.clipboard.readText()"))
    return links


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Password").fill("a long phrase here")
    press(page, "Make my account and join")
    expect(page.locator("[data-quick] #stage")).to_contain_text("as it was sent")


def test_from_an_empty_server_to_the_first_label_within_twelve_clicks(db, visit, file):
    clicks = Clicks()
    assert not User.objects.exists()
    manager = clicks.watch(visit("about:blank", None, permissions=["clipboard-read", "clipboard-write"]))
    for link in set_up(manager, file):
        colleague = clicks.watch(visit("about:blank", None))
        join(colleague, link)
    colleague.keyboard.press("2")
    eventually(colleague, lambda: Annotation.objects.exists())

    project = Project.objects.get()
    assert Item.objects.filter(project=project, meta__stars__isnull=False).count() == 200
    assert set(Membership.objects.values_list("user__username", "role")) == {
        ("lena", "manager"),
        ("bo", "annotator"),
        ("cy", "annotator"),
    }
    answer = Annotation.objects.get()
    assert (answer.annotator.username, answer.value) == ("cy", "complaint")
    assert clicks.count <= MOST_CLICKS, clicks.count
    paths = {"/" + address.split("/", 3)[-1] for address in clicks.visited if address != "about:blank"}
    assert all(path.startswith(ADDRESSES) for path in paths), paths  # nobody had to look something up
