"""Scales as cards write them."""

from __future__ import annotations

import pytest

from archlint.specs.quantity import Scale, Unreadable, read_scale

B = 10**9


def scale(text: str) -> Scale:
    read = read_scale(text)
    assert isinstance(read, Scale), read
    return read


@pytest.mark.parametrize(
    ("text", "total", "active", "share"),
    [
        ("400B total, 13B active (3.3% active)", "400B", "13B", "3.3%"),
        ("1.6T total, 49B active (3.1% active)", "1.6T", "49B", "3.1%"),
        ("68.5B total, ~3B active avg (4.4% active)", "68.5B", "~3B", "4.4%"),
        ("8.4B total, 760M active/token (9% active)", "8.4B", "760M", "9%"),
        ("671B total / 37B active", "671B", "37B", None),
        ("80B total (3.8% active, 3B)", "80B", "3B", "3.8%"),
        ("80B total, 3.8% active, 90B", "80B", None, "3.8%"),
        ("671B (37B active)", "671B", "37B", None),
        ("671B total parameters with 37B activated per token", "671B", "37B", None),
        ("Total: 671B, active: 37B (5.5 %)", "671B", "37B", "5.5 %"),
        ("235B-A22B", "235B", "22B", None),
        ("235 billion parameters, 22 billion active", "235 billion", "22 billion", None),
        ("1.5B parameters", "1.5B", None, None),
        ("≈1.8T", "≈1.8T", None, None),
        ("124,439,808 parameters", "124,439,808", None, None),
        ("7B", "7B", None, None),
        ("7 B dense model", "7 B", None, None),
        ("270M params", "270M", None, None),
        ("30B total, 3B active; 8 of 128 experts", "30B", "3B", None),
        ("109B total, 17B active, 16 experts", "109B", "17B", None),
        ("21B total – 3.6B active", "21B", "3.6B", None),
        ("30B-A3B MoE", "30B", "3B", None),
        ("671B total, 37B active; 256 experts, 8 active", "671B", "37B", None),
        ("32B parameters, 16-bit", "32B", None, None),
        ("35B-A3B (34.7B total, 3.5B active)", "34.7B", "3.5B", None),
        ("26B-A4B (25.2B total, 3.8B active)", "25.2B", "3.8B", None),
        ("353B total / 33.6B active + 1 MTP layer", "353B", "33.6B", None),
        ("744B tot, 41.8B act", "744B", "41.8B", None),
        ("744B total, 41.8B act.", "744B", "41.8B", None),
        ("744B total, 41.8B/token", "744B", "41.8B", None),
        ("744B total, 41.8B in use per token", "744B", "41.8B", None),
        ("744B total, 41.8B per forward pass", "744B", "41.8B", None),
        ("7B, trained on 2T tokens", "7B", None, None),
        ("7B, 4-bit quantized", "7B", None, None),
        ("总参数30.5B，激活参数3.3B", "30.5B", "3.3B", None),
        ("30.5B总参数，3.3B激活", "30.5B", "3.3B", None),
        ("560B total, 18.6B–31.3B active (3.3–5.6% active)", "560B", "18.6B–31.3B", "3.3–5.6%"),
    ],
)
def test_total_active_and_share(text: str, total: str, active: str | None, share: str | None) -> None:
    read = scale(text)
    assert read.total is not None
    assert read.total.text == total
    for quantity, expected in ((read.active, active), (read.share, share)):
        assert (quantity.text if quantity else None) == expected
        if quantity:
            assert text[slice(*quantity.span)] == expected


@pytest.mark.parametrize(
    ("text", "total", "active"),
    [
        ("37B of 671B parameters active", "671B", "37B"),
        ("activates 37B of its 671B parameters", "671B", "37B"),
        ("37B active out of a total of 671B", "671B", "37B"),
        ("671B/37B", "671B", "37B"),
        ("12.9B/46.7B active", "46.7B", "12.9B"),
        ("total=671B active=37B", "671B", "37B"),
        ("671B A37B", "671B", "37B"),
        ("671B/A37B", "671B", "37B"),
        ("671B → 37B active", "671B", "37B"),
        ("总参数 671B，激活 37B", "671B", "37B"),
        ("17B active × 128 experts (400B total)", "400B", "17B"),
    ],
)
def test_which_is_the_whole(text: str, total: str, active: str) -> None:
    read = scale(text)
    assert read.total is not None
    assert read.active is not None
    assert (read.total.text, read.active.text) == (total, active)


def test_the_17b_of_a_name_are_active() -> None:
    read = scale("17B-16E")
    assert read.total is None
    assert read.active is not None
    assert read.active.text == "17B"


@pytest.mark.parametrize(
    "text",
    [
        "671B total, 37B active (5.5% of total)",
        "37B active parameters (5.5 % of 671B)",
        "671B (37B active, i.e. 5.5%)",
        "671B total, 37B active ⇒ 5.5%",
    ],
)
def test_ways_to_write_a_share(text: str) -> None:
    assert scale(text).share_agrees
    assert scale(text.replace("5.5", "9.4")).share_agrees is False


def test_several_active_counts_are_told_apart_by_their_labels() -> None:
    text = "552B backbone + 196B Engram; 8B active prefill, 16B active decode (2.9% of backbone)"
    read = scale(text)
    assert read.active is not None
    assert read.active.text == "8B active prefill, 16B"
    assert read.active.agrees(12 * B)
    assert not read.active.agrees(18 * B)
    assert read.share_agrees
    assert scale(text.replace("2.9%", "1.4%")).share_agrees  # of the other one
    for share in ("2.1%", "4.9%"):
        assert scale(text.replace("2.9%", share)).share_agrees is False
    assert isinstance(read_scale("552B total; 8B active, 16B active"), Unreadable)
    assert isinstance(read_scale("552B total; 8B active decode, 16B active decode"), Unreadable)


def test_a_count_that_includes_the_embeddings_is_a_total() -> None:
    read = scale("596M including embeddings, 440M without embeddings")
    assert read.total is not None
    assert read.non_embedding is not None
    assert (read.total.text, read.non_embedding.text) == ("596M", "440M")


def test_ranges() -> None:
    read = scale("560B total, 18.6B–31.3B active (3.3%–5.6% active)")
    assert read.active is not None
    assert read.active.agrees(27 * B)
    assert read.active.agrees_loosely(31_390_000_000)
    assert not read.active.agrees(17 * B)
    assert read.share_agrees


def test_other_parts() -> None:
    effective = scale("5.1B parameters (2.3B effective)")
    assert effective.effective is not None
    assert effective.effective.text == "2.3B"
    without = scale("4B total, 3B non-embedding").non_embedding
    assert without is not None
    assert without.text == "3B"
    adapter = scale("27B base + 934 MB LoRA adapter")
    assert adapter.total is not None
    assert adapter.total_label == "base"
    assert adapter.adapter is not None
    assert (adapter.adapter.text, adapter.adapter.unit) == ("934 MB", "MB")
    used = scale("29.9B total, 3.6B active excl. embeddings")
    assert used.active is not None
    assert used.non_embedding is None
    without = scale("14.8B total (13.2B w/o embedding)").non_embedding
    assert without is not None
    core = scale("125B core, 6B active (4.8% active); plus 51B n-gram embeddings and 4B MTP")
    assert core.total_label == "core"
    assert [(extra.label, extra.quantity.text, extra.is_mtp) for extra in core.extras] == [
        ("n-gram embeddings", "51B", False),
        ("mtp", "4B", True),
    ]
    assert [[part.text for part in parts] for parts in core.totals] == [
        ["125B"],
        ["125B", "51B"],
        ["125B", "4B"],
        ["125B", "51B", "4B"],
    ]
    assert core.share_agrees
    assert scale("29.6B parameters (including perception encoder)").qualifiers == (
        "including perception encoder",
    )
    assert scale("218B total, 25B active/token (11.5% active)").per_token
    product = scale("8x7B")
    assert product.total is None
    assert product.experts == 8
    assert product.expert_scale is not None
    assert product.expert_scale.text == "7B"


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("671B total, 37B active (5.5% active)", True),
        ("235B total, 22B active (9.4% active)", True),
        ("30B total, 3.3B active (11% active)", True),
        ("80B total, 3B active (3.8% active)", True),
        ("671B total, 37B active (6.5% active)", False),
        ("671B total, 37B active (55% active)", False),
        ("671B total, 37B active", None),
        ("671B total (5.5% active)", None),
    ],
)
def test_the_share_against_its_own_counts(text: str, agrees: bool | None) -> None:
    assert scale(text).share_agrees is agrees


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("67lB total", "67lB"),
        ("671 total, 37B active", "671"),
        ("-3B total", "-"),
        ("6.7.1B", "6.7.1B"),
        ("1,5B parameters", "1,5B"),
        ("671B total, 685B total", "685B"),
        ("671B total, 37B actve", "37B"),
        ("671Q parameters", "671Q"),
        ("0B", "0B"),
        ("large", "large"),
        ("671B total, 37B active (5.5%% active)", "%"),
        ("8x7", "7"),
    ],
)
def test_what_cannot_be_read(text: str, what: str) -> None:
    read = read_scale(text)
    assert isinstance(read, Unreadable), read
    assert text[slice(*read.span)] == what


def test_what_is_used_and_what_varies() -> None:
    used = scale("80B total, 3B used per token")
    assert used.active is not None
    assert used.active.text == "3B"
    more = scale("309B of 15B active")
    assert more.active is not None
    assert more.total is not None
    assert (more.active.text, more.total.text) == ("309B", "15B")
    ratio = scale("744B:40B")
    assert ratio.active is not None
    assert ratio.active.text == "40B"
    tied = scale("27B parameters with tied embeddings")
    assert tied.total is not None
    assert tied.total.text == "27B"


def test_active_parameters_without_embeddings_are_none_of_all() -> None:
    read = scale("31.6B total, 3.6B active (3.2B excl. embeddings)")
    assert read.non_embedding is None
    assert len(read.totals) == 1
    assert scale("4B total, 3B non-embedding").non_embedding is not None
    assert isinstance(read_scale("671B total, 685.2B total"), Unreadable)
