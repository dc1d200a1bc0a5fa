"""The page of the REST interface stands in our frame, and lists every call."""

import pytest
from playwright.sync_api import expect

from accounts.models import ApiToken
from tests.browser.test_pages_axe import PHONE, WIDE, overhang


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_rest_interface_is_listed_below_the_bar_of_the_site(visit, mona, scheme):
    page = visit("/api/docs/", mona, color_scheme=scheme)
    expect(page.locator("#swagger-ui .opblock").first).to_be_visible()
    expect(page.get_by_role("link", name="Annotate: my projects")).to_be_visible()
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        assert overhang(page) == 0
    page.get_by_role("link", name="My tokens").click()
    expect(page.get_by_role("heading", name="API tokens")).to_be_visible()


def test_the_account_with_a_token_fits_a_phone(visit, mona):
    ApiToken.objects.issue(mona, "by user name and password")
    page = visit("/account/", mona, viewport=PHONE)
    assert overhang(page) == 0


def test_every_method_can_be_read_on_its_colour(visit, mona):
    page = visit("/api/docs/", mona)
    expect(page.locator("#swagger-ui .opblock").first).to_be_visible()
    contrasts = page.evaluate(
        """() => {
            const light = (color) => {
                const [red, green, blue] = color.match(/[\\d.]+/g).map((part) => part / 255)
                    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
            };
            return Object.fromEntries([...document.querySelectorAll(".opblock-summary-method")].map((method) => {
                const { color, backgroundColor } = getComputedStyle(method);
                const [dark, bright] = [light(color), light(backgroundColor)].sort((a, b) => a - b);
                return [method.textContent, (bright + 0.05) / (dark + 0.05)];
            }));
        }"""
    )
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(contrasts)
    assert {method for method, contrast in contrasts.items() if contrast < 4.5} == set()
