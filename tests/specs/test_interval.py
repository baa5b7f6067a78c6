"""The laws of intervals and of written figures."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from archlint.specs.quantity import Interval, Quantity, share

NUMBERS = st.fractions(0, 10**6, max_denominator=1000)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, Fraction]:
    """An interval and a number in it."""
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    value = low + (high - low) * draw(st.fractions(0, 1, max_denominator=10))
    closed = draw(st.booleans()) or value == high
    return Interval(low, high, closed), value


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    places = draw(st.integers(0, 3))
    number = Fraction(draw(st.integers(1, 10**6)), 10**places)
    multipliers = draw(st.sampled_from([(1,), (1000,), (1024,), (1000, 1024), (10**9,)]))
    return Quantity("", (0, 0), number, places, multipliers, approximate=draw(st.booleans()))


@given(intervals(), intervals())
def test_sums_and_quotients_hold_those_of_their_members(
    left: tuple[Interval, Fraction], right: tuple[Interval, Fraction]
) -> None:
    assert left[1] + right[1] in left[0] + right[0]
    quotient = left[0].over(right[0])
    if quotient is not None:
        assert left[1] / right[1] in quotient
    else:
        assert right[0].low == 0


@given(intervals(), intervals(), NUMBERS)
def test_meeting(left: tuple[Interval, Fraction], right: tuple[Interval, Fraction], value: Fraction) -> None:
    assert left[0].meets(right[0]) == right[0].meets(left[0])
    assert left[0].meets(left[0])
    if value in left[0] and value in right[0]:
        assert left[0].meets(right[0])


@given(intervals(), NUMBERS)
def test_the_gap_is_nothing_inside(interval: tuple[Interval, Fraction], value: Fraction) -> None:
    assert interval[0].gap(interval[1]) == 0
    assert interval[0].gap(value) >= 0
    if value not in interval[0] and value != interval[0].high:
        assert interval[0].gap(value) > 0


@given(quantities(), st.fractions(0, 10**16))
def test_agreement_implies_loose_agreement(quantity: Quantity, value: Fraction) -> None:
    for tried in (
        value,
        quantity.value,
        quantity.value + quantity.step / 2,
        quantity.value - quantity.step / 2,
    ):
        if quantity.agrees(tried) and tried != quantity.interval.high:
            assert quantity.agrees_loosely(tried)
        assert (quantity.relative_gap(tried) == 0) >= quantity.agrees_loosely(tried)
    assert quantity.agrees(quantity.value)
    assert quantity.agrees_loosely(quantity.value)
    meanings = zip(quantity.multipliers, quantity.intervals, strict=True)
    assert all(multiplier * quantity.number in interval for multiplier, interval in meanings)


def test_shares() -> None:
    total = Quantity("671B", (0, 4), Fraction(671), 0, (10**9,), "B")
    active = Quantity("37B", (0, 3), Fraction(37), 0, (10**9,), "B")
    interval = share([active], total)
    assert interval is not None
    assert Fraction(37 * 100, 671) in interval
    nothing = Quantity("0B", (0, 2), Fraction(0), 0, (10**9,), "B")
    assert share([active], nothing) is None


def test_a_scale_is_loose() -> None:
    billion = 10**9
    quantity = Quantity("230B", (0, 4), Fraction(230), 0, (billion,), "B")
    assert quantity.agrees_loosely(228_700_000_000)
    assert not quantity.agrees(228_700_000_000)
    assert not quantity.agrees_loosely(210 * billion)
    assert quantity.relative_gap(400 * billion) > Fraction(1, 4)
    hundred = Quantity("100B", (0, 4), Fraction(100), 0, (billion,), "B")
    assert not hundred.agrees_loosely(140 * billion)
    assert hundred.agrees_loosely(104 * billion)
    for approximate in (False, True):
        one = Quantity("1T", (0, 2), Fraction(1), 0, (1000 * billion,), "T", approximate=approximate)
        assert one.agrees_loosely(960 * billion)
        assert not one.agrees_loosely(744 * billion)
    exact = Quantity("27B", (0, 3), Fraction(27), 0, (billion,), "B")
    assert exact.agrees_loosely(27_900_000_000)
    assert not exact.agrees_loosely(28_000_000_000)
    assert exact.agrees_loosely(26_500_000_000)
