"""What templates draw again and again."""

import re
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from core.charts.shades import channels_of, luminance
from core.palette import PALETTE
from projects.models import Label
from projects.templatetags import ui


def render(source: str, **context) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"),
        (0, "0\u202f%"),
        (0.001, "< 1\u202f%"),
        (0.42, "42\u202f%"),
        (0.999, "99\u202f%"),
        (1, "100\u202f%"),
    ],
)
def test_a_share_is_never_all_before_the_end(share, words):
    assert ui.percent(share) == words


@pytest.mark.parametrize(("seconds", "words"), [(5, "just now"), (120, "2\xa0minutes ago"), (90000, "1\xa0day ago")])
def test_times_are_told_in_words(seconds, words):
    assert words in ui.ago(timezone.now() - timedelta(seconds=seconds))


def test_never_is_a_dash():
    assert ui.ago(None) == "–"


def test_a_name_cannot_break_out_of_a_swatch():
    label = Label(name="<b>", position=0, color='"><script>')
    drawn = render("{% label_name label %}", label=label)
    assert "<script" not in drawn and "&lt;b&gt;" in drawn


def test_labels_without_a_colour_have_one_of_the_palette():
    assert ui.color(Label(position=3)) == PALETTE[3]
    shades = [ui.color(Label(position=place)) for place in range(50)]
    assert shades[: len(PALETTE)] == PALETTE
    assert len(set(shades)) == 50


@pytest.mark.parametrize("colour", [*PALETTE, "#000000", "#ffffff", "#777777", "#ff0000"])
def test_text_on_a_colour_can_be_read(colour):
    """WCAG AA: at least 4.5 : 1."""
    on = luminance(channels_of(ui.text_on(colour)))
    under = luminance(channels_of(colour))
    assert (max(on, under) + 0.05) / (min(on, under) + 0.05) >= 4.5


def test_a_finished_bar_says_so():
    assert 'class="bar done"' in render("{% bar 3 3 %}")
    assert 'class="bar"' in render("{% bar 0 0 %}")


def test_a_sparkline_needs_two_points():
    assert render("{% sparkline values %}", values=[1]) == ""
    assert "points=&quot;" not in render("{% sparkline values %}", values=[1, 3, 2])
    assert 'points="0.0,22.0 60.0,2.0 120.0,12.0"' in render("{% sparkline values %}", values=[1, 3, 2])


def test_small_columns_stand_on_one_ground_and_what_is_not_nothing_can_be_seen():
    drawn = render("{% small_columns counts 200 title %}", counts=[0, 1, 100, 200], title="301 votes")
    assert re.findall(r'y="([\d.]+)"[^>]* height="([\d.]+)"', drawn) == [
        ("23.0", "1.0"), ("22.0", "2.0"), ("13.0", "11.0"), ("2.0", "22.0"),
    ]  # fmt: skip
    assert 'aria-label="301 votes"' in drawn
    assert render("{% small_columns counts 0 %}", counts=[0, 0]).count('height="1.0"') == 2


def test_an_avatar_is_a_letter_in_a_tint_that_stays():
    drawn = render("{% avatar name %}", name="ann")
    assert ">A<" in drawn
    assert drawn == render("{% avatar name %}", name="ann")
    assert {render("{% avatar name %}", name=f"person {n}").split("tint-")[1][0] for n in range(99)} == set("12345678")
    assert "<b" not in render("{% avatar name %}", name="<b>")


def test_events_are_told_in_a_line():
    labels = [[{"name": "a"}], [{"name": "a"}, {"name": "b"}]]
    assert ui.event_data({"votes_wanted": [1, 2], "labels": labels}) == "votes wanted: 1 → 2; labels: a → a, b"


@pytest.mark.parametrize("name", ui.ICONS)
def test_icons_are_decoration(name):
    assert 'aria-hidden="true"' in ui.icon(name)
