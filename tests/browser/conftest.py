"""A real browser on the real pages: Debian's Chromium, headless. Without it these tests are left out.

Where it is installed, its `chromium-headless-shell` is taken: the same engine without the windows, for half the CPU
time. `BROWSER=chromium` takes the whole browser.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the tests' thread
CHROMIUM = shutil.which(os.environ.get("BROWSER", "chromium-headless-shell")) or shutil.which("chromium")
# Chromium reads the last list of features only, so what Playwright switches off, as far as it concerns pages, is named
# again. The others cost a second of CPU time for each window: a process in reserve, and the page below the address bar.
WITHOUT = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "SpareRendererForSitePerProcess",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(WITHOUT)}",
]


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # the summary names those that needed it
            item.add_marker(pytest.mark.xdist_group(f"browser {item.path.stem}"))
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.fixture(scope="session")
def without_connection() -> None:
    """Close the connection of before Playwright's loop runs, which Django finds again where none runs.

    In processes that are forked later none does: all of them would speak by that one connection.
    """
    connection.close()


@pytest.fixture(scope="session")
def playwright(without_connection: None, playwright: Playwright) -> Playwright:
    return playwright


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def live_server(request: pytest.FixtureRequest) -> Any:
    """The product's server without a header that has each first page of a window loaded by another process."""
    with override_settings(SECURE_CROSS_ORIGIN_OPENER_POLICY=None):
        return request.getfixturevalue("live_server")


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """`page = visit("/projects/1/label/", ann, java_script_enabled=False)`: a fresh browser, `person` logged in.

    An error in a page's script fails the test.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def visit(path: str, person: Any, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(f"{error.page and error.page.url}: {error.error}"))
        if person:
            log_in(context, live_server.url, person)
        page = context.new_page()
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    wait_until_closed()  # the pages give their leases back as they close
    assert not errors, errors


def wait_until_closed(seconds: float = 5) -> None:
    """Wait until the live server has no connection left: a browser closes those of its windows with them.

    It looks twice, since one may just have been accepted.
    """
    until = time.monotonic() + seconds
    free = 0
    while free < 2 and time.monotonic() < until:
        free = 0 if is_connected() else free + 1
        time.sleep(0.01)


def is_connected() -> bool:
    """Each connection has a thread of this process, which ends once all that came is answered."""
    return any("process_request_thread" in thread.name for thread in threading.enumerate())


def log_in(context: BrowserContext, url: str, person: Any) -> None:
    client = Client()
    client.force_login(person)
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": url,
            }
        ]
    )


def eventually(page: Page, condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until it holds, while the page goes on."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to hold"
        page.wait_for_timeout(20)


class Network:
    """The network between a page and the server: slow, or cut off."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.milliseconds = 0

    def slow(self, milliseconds: int) -> None:
        """Every answer takes so much longer."""
        self.milliseconds = milliseconds
        self.on()

    def on(self) -> None:
        self._emulate(offline=False)

    def off(self) -> None:
        self._emulate(offline=True)

    def _emulate(self, offline: bool) -> None:
        conditions = {"latency": self.milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
        self.session.send("Network.emulateNetworkConditions", {"offline": offline, **conditions})


@pytest.fixture
def screen(visit, reviews, ann) -> Page:
    """ann before ten short texts with two labels."""
    page: Page = visit(f"/projects/{reviews.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    return page
