"""The learning curve's geometry, without a page."""

import pytest
from django.template.loader import render_to_string

from learner.evaluation.curve import BOTTOM, LEFT, MOST_POINTS, RIGHT, TOP, Point, draw, thinned


def rounds(n: int) -> list[Point]:
    return [Point(50 * place, 0.6 + 0.03 * place, 0.5 + 0.03 * place, 0.7 + 0.03 * place, 0.8) for place in range(1, n)]


def places(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


@pytest.mark.parametrize("width, height", [(1120, 360), (340, 240)])
def test_everything_lies_within_the_frame(width, height):
    curve = draw(rounds(10), width, height)
    assert curve
    for x, y in places(curve.line) + places(curve.band) + places(curve.cv):
        assert LEFT <= x <= width - RIGHT
        assert TOP <= y <= height - BOTTOM
    assert curve.up[0].text == "100 %"
    assert curve.up[0].place == TOP
    assert curve.across[0].text == "0"
    assert 2 <= len(curve.across) <= 7


def test_better_is_higher_and_more_labels_are_to_the_right():
    curve = draw(rounds(10))
    assert curve
    line = places(curve.line)
    assert line == sorted(line)
    assert [y for _, y in line] == sorted((y for _, y in line), reverse=True)


def test_the_interval_holds_the_line():
    curve = draw(rounds(10))
    assert curve
    line, interval = places(curve.line), places(curve.band)
    upper, lower = interval[: len(line)], interval[len(line) :][::-1]
    for (x, y), (x_upper, y_upper), (x_lower, y_lower) in zip(line, upper, lower, strict=True):
        assert x == x_upper == x_lower
        assert y_upper <= y <= y_lower


def test_a_round_in_words():
    curve = draw([Point(1250, 0.94251, 0.913, 0.961)])
    assert curve and curve.last
    assert curve.last.text == "1,250 labels: 94.3\u202f% (91 to 96 %)"


def test_rounds_without_a_test_share_have_the_cross_validated_line_alone():
    curve = draw([Point(40, cv=0.5), Point(80, cv=0.7)])
    assert curve
    assert (curve.line, curve.band, curve.dots, curve.last) == ("", "", [], None)
    assert len(places(curve.cv)) == 2


def test_a_single_round_is_a_dot_with_its_interval():
    curve = draw([Point(40, 0.8, 0.6, 0.9, cv=0.5)])
    assert curve and curve.last and curve.cv_dot and curve.whisker
    top, bottom = curve.whisker
    assert top < curve.last.y < bottom
    assert curve.cv_dot.text == "40 labels: 50 % cross-validated"
    longer = draw(rounds(3))
    assert longer and (longer.cv_dot, longer.whisker) == (None, None)


def test_the_page_of_a_project_with_a_single_round_draws_it():
    page = render_to_string("learner/curve.html", {"curve": draw([Point(40, cv=0.5)])})
    assert '<circle class="dot series-2"' in page


def test_of_rounds_with_as_many_labels_the_last_counts():
    curve = draw([Point(40, 0.5, 0.4, 0.6), Point(40, 0.7, 0.6, 0.8)])
    assert curve
    assert [dot.text for dot in curve.dots] == ["40 labels: 70\u202f% (60 to 80 %)"]


@pytest.mark.parametrize("points", [[], [Point(40)]])
def test_without_scores_there_is_no_curve(points):
    assert draw(points) is None


@pytest.mark.parametrize("labels", [0, 1, 7, 99, 1000, 123_456])
def test_the_scale_has_round_numbers(labels):
    curve = draw([Point(labels, 0.5, 0.0, 1.0)])
    assert curve
    ticks = [int(tick.text.replace(",", "")) for tick in curve.across]
    assert ticks[-1] >= labels
    assert str(ticks[1]).rstrip("0") in {"1", "2", "5"}


def test_many_rounds_are_thinned_to_what_can_be_seen():
    points = thinned(rounds(5000))
    assert len(points) == MOST_POINTS
    assert (points[0], points[-1]) == (rounds(5000)[0], rounds(5000)[-1])
