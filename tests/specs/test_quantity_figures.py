"""Figures as people write them: what is read, and that the readers hold for anything."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.specs.quantity import (
    Date,
    NotStated,
    Profile,
    Quantity,
    Tokens,
    Unreadable,
    Vocabulary,
    read_attention,
    read_bytes,
    read_count,
    read_date,
    read_layer_mix,
    read_percentage,
    read_profile,
    read_scale,
    read_score,
    read_tokens,
    read_vocabulary,
    restated_bytes,
    write_bytes,
    write_count,
    write_percent,
    write_scale,
)

READERS: list[Callable[[str], object]] = [
    read_attention,
    read_bytes,
    read_count,
    read_date,
    read_layer_mix,
    read_percentage,
    read_profile,
    read_scale,
    read_score,
    read_tokens,
    read_vocabulary,
]

CHARACTERS = "0123456789.,+-–~≈%()[]/×x*:;·| \u00a0\n²١😀"
WORDS = [
    "B",
    "KiB",
    "k",
    "total",
    "active",
    "GQA",
    "MLA",
    "1e9",
    "sliding-window",
    "layers",
    "passes",
    "parameters",
    "N/A",
    "A22",
    "rest",
    "75%",
    "fp8",
    "bf16",
    "vs",
    "or",
    "LA",
    "of them",
    "of",
    "window",
    "context",
    "every",
    "per token",
    "at 8K",
    "MoE",
    "dense",
    "first",
    "in",
    "heads",
    "groups of",
    "层",
    "激活参数",
    "{",
    "--",
]
ALPHABET = st.sampled_from([*CHARACTERS, *WORDS])


@given(st.one_of(st.text(), st.lists(ALPHABET).map("".join), st.lists(ALPHABET).map(" ".join)))
def test_no_text_raises(text: str) -> None:
    for read in READERS:
        result = read(text)
        if isinstance(result, Unreadable):
            start, end = result.span
            assert 0 <= start <= end <= len(text)
            assert result.accepted
            assert result.reason


@pytest.mark.parametrize("read", READERS[1:])
def test_long_texts_are_refused_quickly(read: Callable[[str], object]) -> None:
    for text in ("9" * 100_000, "9," * 100_000, "(" * 100_000, "1+" * 100_000, "a" * 100_000):
        assert isinstance(read(text), Unreadable)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("68.6 KiB", [70_272, 70_196, 70_297], [70_400, 70_144]),
        ("68.6KiB", [70_272], [70_400]),
        ("217.5 KiB", [222_720], [147_456]),
        ("11.2 KiB", [11_520], [11_571]),  # 11.25, half to even
        ("11.3 KiB", [11_520], []),  # 11.25, half up
        ("11.4 KiB", [], [11_520]),
        ("1.5 MiB", [1_572_864], [1_500_000]),
        ("1.5 MiB per token", [1_572_864], []),
        ("0 B", [0], [1, 512]),
        ("70,272 B", [70_272], [70_273, 70_271]),
        ("70272 bytes", [70_272], [70_273]),
        ("70.3 KB", [70_272, 71_987], [73_000]),
        ("~68 KiB", [68 * 1024, 67 * 1024, 69 * 1024], [70 * 1024]),
        ("24 KiB (plus 12 MiB of state)", [24_576], [25_600]),
        ("24 KiB + 12 MiB state", [24_576], [25_600]),
        ("24 KiB (+ 12 MiB state per sequence)", [24_576], [25_600]),
        ("68–69 KiB", [70_272, 70_600], [69_000, 71_200]),
        ("34.3 KiB fp8 / 68.6 KiB bf16", [70_272], [35_136]),
        ("68.6 KiB; 34.3 KiB fp8", [70_272], [35_136]),
        ("bf16: 68.6 KiB*", [70_272], [35_136]),
        ("68.6 KiB (bf16), 34.3 KiB (fp8)", [70_272], [35_136]),
        ("68.6 KiB; fp8: 34.3 KiB", [70_272], [35_136]),
        ("68.6 KiB¹", [70_272], [35_136]),
        ("approx. 68 KiB", [69_700], [72_000]),
        ("68.6 KiB, bf16", [70_272], [35_136]),
        ("68.6 KiB across all 61 layers", [70_272], [1_152]),
        ("61 layers × 1,152 B = 68.6 KiB", [70_272], [1_152]),
        ("68.6 KiB = 61 × 1,152 B", [70_272], [1_152]),
        ("up to 68.6 KiB", [70_272], [35_136]),
        ("24 KiB plus constant Mamba state", [24_576], [25_600]),
        ("68.6 Kbytes", [70_272, 68_600], [35_136]),
        ("0", [0], [1]),
        ("70,272 B = 68.6 KiB", [70_272], [70_273]),
        ("68.6 KiB, i.e. 70,272 bytes", [70_272], [35_136]),
        ("68.6 KiB or 70,272 bytes", [70_272], [35_136]),
        ("34.3 KiB fp8 (68.6 KiB bf16)", [70_272], [35_136]),
        ("68.6 KiB [bf16]", [70_272], [35_136]),
        ("68.6 KiB vs. 213 KiB", [70_272], [218_112]),
        ("68.6 KiB, down from 213 KiB", [70_272], [218_112]),
        ("68.6 KiB, 3× smaller", [70_272], [218_112]),
        ("46.1 KiB (SWA) + 22.5 KiB (global) = 68.6 KiB", [70_272], [47_206]),
        ("68.6 KiB: 1,152 B × 61 layers", [70_272], [1_152]),
        ("68.6 KiB; 8.6 GiB at 131,072 tokens", [70_272], [35_136]),
        ("68.6 KiB/token → 0.54 GiB at 8K", [70_272], [35_136]),
        ("68 to 69 KiB", [70_272, 70_600], [69_000, 71_200]),
        ("between 68 and 69 KiB", [70_272, 70_600], [69_000, 71_200]),
        ("68.6 KiByte @ bs=1", [70_272], [35_136]),
        ("68.6 KiB of KV cache per generated token", [70_272], [35_136]),
    ],
)
def test_bytes(text: str, right: list[int], wrong: list[int]) -> None:
    read = read_bytes(text)
    assert isinstance(read, Quantity)
    assert all(read.agrees(value) for value in right)
    assert not any(read.agrees(value) for value in wrong)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("68.6", (0, 4)),
        ("68.6 Kib/s", (8, 9)),
        ("68.6.1 KiB", (0, 6)),
        ("-68 KiB", (0, 1)),
        ("68,6 KiB", (0, 4)),
        ("68.6 KiD", (0, 4)),
        ("lots", (0, 4)),
        ("68.6 KiB 12 KiB", (9, 11)),
        ("1.125 KiB per layer", (14, 19)),
        ("1,152 B/layer", (8, 13)),
        ("69–68 KiB", (2, 3)),
        ("496 KiB; 80 KiB growing", (9, 11)),
        ("512 KiB vs 128 KiB with GQA", (8, 10)),
        ("96 KiB, fp8", (8, 11)),
        ("96 KiB at 8K", (10, 12)),
    ],
)
def test_bytes_that_cannot_be_read(text: str, span: tuple[int, int]) -> None:
    read = read_bytes(text)
    assert isinstance(read, Unreadable)
    assert read.accepted == ("68.6 KiB", "1.5 MiB", "0 B")
    if text != "68.6 Kib/s":
        assert read.span == span


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("68.6 KiB (70,272 B)", ["70,272 B"]),
        ("68.6 KiB (bf16: 70 KiB)", ["70 KiB"]),
        ("70,272 B = 68.6 KiB", ["68.6 KiB"]),
        ("68.6 KiB, i.e. 70,272 bytes", ["70,272 bytes"]),
        ("68.6 KiB (69.8 KiB)", []),
        ("70,272 B (78.6 KiB)", ["78.6 KiB"]),
        ("68.6 KiB (~70 KB)", []),
        ("68.6 KiB (34.3 KiB)", []),
        ("68.6 KiB (fp8: 34.3 KiB)", []),
        ("68.6 KiB (69.8 KiB with MTP)", []),
        ("128 KiB (MHA would be 512 KiB)", []),
        ("68.6 KiB; 8.6 GiB at 131,072 tokens", []),
        ("68.6 KiB", []),
        ("68–69 KiB (70,272 B)", []),
        ("lots (68 KiB)", []),
    ],
)
def test_bytes_that_are_said_again(text: str, again: list[str]) -> None:
    assert [each.text for each in restated_bytes(text)] == again


@given(st.integers(1, 2**40))
def test_bytes_in_two_units_are_the_same(value: int) -> None:
    for other in ("KiB", "MiB", "KB"):
        for text in (
            f"{write_bytes(value, other, 3)} ({value:,} B)",
            f"{value:,} B = {write_bytes(value, other, 3)}",
        ):
            first = read_bytes(text)
            assert isinstance(first, Quantity)
            for each in restated_bytes(text):
                assert any(one.meets(two) for one in first.intervals for two in each.intervals)


@pytest.mark.parametrize(
    "text", ["N/A", "n/a", " none ", "TBD", "-", "", "undisclosed", "null", "N/A (recurrent)"]
)
def test_not_stated(text: str) -> None:
    for read in (read_bytes, read_scale, read_layer_mix, read_tokens, read_vocabulary, read_score, read_date):
        assert isinstance(read(text), NotStated)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("512,000", [512_000], [524_288]),
        ("131072", [131_072], [131_073]),
        ("1,048,576", [1_048_576], [1_000_000]),
        ("1 048 576 tokens", [1_048_576], []),
        ("128K", [128_000, 131_072], [120_000]),
        ("128k tokens", [128_000, 131_072], []),
        ("1M", [1_000_000, 1_048_576], [2_000_000]),
        ("131,072+", [131_072], []),
        ("~200k", [200_000, 204_800], [240_000]),
        ("32,768 (131,072 with YaRN)", [32_768], [131_072]),
        ("256K input, 64K output", [262_144], [65_536]),
        ("64K output / 256K input", [262_144], [65_536]),
        ("131,072 (4× YaRN)", [131_072], [4]),
        ("131,072 (4x extension)", [131_072], [4]),
        ("131,072 with 4,096-token window", [131_072], [4_096]),
        ("32K–128K", [131_072], [32_768]),
        ("4096 (window), 128K", [131_072], [4_096]),
        ("128K (window: 4096)", [131_072], [4_096]),
        ("SWA 128 / global 128K", [131_072], [128]),
        ("4096 sliding window, 128K context window", [131_072], [4_096]),
        ("sliding window 4,096; context 131,072", [131_072], [4_096]),
        ("262,144 sliding window, 131,072 context", [131_072], [262_144]),
        ("128K with sliding window, 32K output", [131_072], [32_768]),
        ("128K context window, 256K with YaRN", [131_072], [262_144]),
        ("32K window, 128K with YaRN", [32_768], [131_072]),
        ("output 64K, input 256K", [262_144], [65_536]),
        ("32,768 (YaRN ×4: 131,072)", [32_768], [131_072, 4]),
        ("131,072*", [131_072], []),
        ("4,096 window", [4_096], []),
    ],
)
def test_tokens(text: str, right: list[int], wrong: list[int]) -> None:
    read = read_tokens(text)
    assert isinstance(read, Tokens)
    assert read.length is not None
    assert all(read.length.agrees(value) for value in right)
    assert not any(read.length.agrees(value) for value in wrong)
    assert (read.output is not None) == ("output" in text)
    assert read.length.at_least == ("+" in text)


def test_tokens_without_a_limit() -> None:
    for text in ("No explicit limit", "unlimited", "No  Explicit Limit"):
        read = read_tokens(text)
        assert isinstance(read, Tokens)
        assert read.unlimited
        assert read.length is None


@pytest.mark.parametrize(
    "text",
    ["long", "131,07", "131.072", "12l,072", "128KB", "0.5 tokens", "128,000 @", "4×32K", "131,072 ×4"],
)
def test_tokens_that_cannot_be_read(text: str) -> None:
    assert isinstance(read_tokens(text), Unreadable)


def test_a_point_for_a_comma_is_noticed() -> None:
    for read in (read_tokens, read_vocabulary):
        unreadable = read("131.072")
        assert isinstance(unreadable, Unreadable)
        assert unreadable.suggestion == "131,072"


def test_vocabulary() -> None:
    read = read_vocabulary("262,144 (~262k)")
    assert isinstance(read, Vocabulary)
    assert read.count.agrees(262_144)
    assert read.label is not None
    assert read.label.span == (9, 14)
    assert read.label_agrees


@pytest.mark.parametrize(
    "text", ["151,669 (padded to 151,936)", "151,669 of 151,936 used", "151,936 (padded from 151,669)"]
)
def test_rows_of_a_padded_vocabulary(text: str) -> None:
    read = read_vocabulary(text)
    assert isinstance(read, Vocabulary)
    assert read.count.value == 151_936


def test_a_footnote_behind_a_vocabulary() -> None:
    for text in ("151,936*", "151,936†"):
        read = read_vocabulary(text)
        assert isinstance(read, Vocabulary)
        assert read.count.value == 151_936
    assert isinstance(read_vocabulary("151,936*2"), Unreadable)


@given(st.integers(64, 2**17), st.integers(2**17, 2**24), st.sampled_from(["sliding window", "SWA", "local"]))
def test_a_window_is_never_the_context(window: int, context: int, word: str) -> None:
    for text in (
        f"{window} ({word}), {context:,}", f"{context} ({word} {window:,})", f"{word}: {window}; context: {context}",
        f"{word} {window} / global {context}", f"{context:,} with {window:,}-token {word}",
    ):  # fmt: skip
        read = read_tokens(text)
        assert isinstance(read, Tokens)
        assert read.length is not None
        assert read.length.value == context


@pytest.mark.parametrize(
    ("text", "agrees", "truncated"),
    [
        ("65,536 (~65k)", False, True),
        ("152,576 (~152k)", False, True),
        ("65,536 (~66k)", True, False),
        ("65,536 (64K)", True, False),
        ("100,352 (~101k)", False, False),
        ("1,234,567 (~1.2M)", True, False),
        ("65,536", None, False),
    ],
)
def test_vocabulary_labels(text: str, agrees: bool | None, truncated: bool) -> None:
    read = read_vocabulary(text)
    assert isinstance(read, Vocabulary)
    assert read.label_agrees is agrees
    assert read.label_is_truncated is truncated


def test_percentages() -> None:
    read = read_percentage("5.5%")
    assert isinstance(read, Quantity)
    assert read.agrees(Fraction(37, 671) * 100)
    assert not read.agrees(Fraction(22, 235) * 100)
    assert isinstance(read_percentage("5.5"), Unreadable)


def test_scores() -> None:
    read = read_score("24.5")
    assert isinstance(read, Quantity)
    assert read.value == Fraction("24.5")
    assert isinstance(read_score("24.5 points"), Unreadable)
    profile = read_profile("General 31.3 · Scientific N/A · Coding 27.2 · Agents 42.6")
    assert isinstance(profile, Profile)
    coding = profile.get("coding")
    assert coding is not None
    assert coding.text == "27.2"
    assert coding.span == (39, 43)
    assert profile.get("Scientific") is None
    assert [name for name, _ in profile.scores] == ["General", "Scientific", "Coding", "Agents"]


@pytest.mark.parametrize(
    "text",
    ["General", "31.3", "General 31.3 · Coding -4", "General 1 · General 2", "General 3l.3", "General x"],
)
def test_profiles_that_cannot_be_read(text: str) -> None:
    assert isinstance(read_profile(text), Unreadable)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("2026/01/27", "2026-01-27"),
        ("2026-1-7", "2026-01-07"),
        ("20260127", "2026-01-27"),
        ("27 January 2026", "2026-01-27"),
        ("Jan 27, 2026", "2026-01-27"),
        ("2026-01-27T10:00:00Z", "2026-01-27"),
        ("27/01/2026", None),
        ("2026-02-30", None),
        ("2026-13-01", None),
        ("2026-01", None),
        ("soon", None),
        ("September", None),
    ],
)
def test_dates_that_cannot_be_read(text: str, suggestion: str | None) -> None:
    read = read_date(text)
    assert isinstance(read, Unreadable)
    assert read.suggestion == suggestion


@given(st.dates())
def test_every_date_is_read(day: object) -> None:
    read = read_date(str(day))
    assert isinstance(read, Date)
    assert read.iso == str(day)


@given(st.integers(0, 2**45))
def test_written_bytes_read_back(value: int) -> None:
    for unit in (None, "B", "KiB", "MiB"):
        read = read_bytes(write_bytes(value, unit))
        assert isinstance(read, Quantity)
        assert read.agrees(value)


@given(st.integers(1, 10**9))
def test_written_counts_read_back(value: int) -> None:
    for labelled in (False, True):
        read = read_vocabulary(write_count(value, labelled))
        assert isinstance(read, Vocabulary)
        assert read.count.agrees(value)
        assert read.label_agrees is not False
    read_back = read_tokens(write_count(value))
    assert isinstance(read_back, Tokens)
    assert read_back.length is not None
    assert read_back.length.value == value


@given(st.fractions(0, 100))
def test_written_percentages_read_back(value: Fraction) -> None:
    read = read_percentage(write_percent(value))
    assert isinstance(read, Quantity)
    assert read.agrees(value)


@given(st.integers(1, 10**15))
def test_written_scales_read_back(value: int) -> None:
    written = write_scale(value)
    read = read_scale(f"{written} parameters" if not written.isdigit() else "N/A")
    if not isinstance(read, NotStated):
        assert not isinstance(read, Unreadable)
        assert read.total is not None
        assert read.total.agrees(value)


def test_writing() -> None:
    assert write_bytes(222_720) == "217.5 KiB"
    assert write_bytes(192 * 1024) == "192 KiB"
    assert write_bytes(1536 * 1024) == "1.5 MiB"
    assert write_bytes(1536 * 1024, "KiB") == "1536 KiB"
    assert write_bytes(0) == "0 B"
    assert write_bytes(11_520) == "11.3 KiB"
    assert write_percent(Fraction(3700, 671)) == "5.5%"
    assert write_percent(Fraction(9)) == "9%"
    assert write_count(262_144) == "262,144"
    assert write_count(262_144, labelled=True) == "262,144 (~262k)"
    assert write_scale(671_026_419_200) == "671B"
    assert write_scale(1_235_814_400) == "1.2B"
    assert write_scale(999_999_999_999) == "1T"
