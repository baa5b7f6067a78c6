"""Layer mixes and attention texts as cards write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.specs.quantity import LayerMix, OpenMix, Unreadable, read_attention, read_layer_mix


def mix(text: str) -> LayerMix:
    read = read_layer_mix(text)
    assert isinstance(read, LayerMix), read
    return read


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("45 sliding-window + 15 global", {"sliding": 45, "global": 15}),
        ("36 chunked + 12 full GQA", {"chunked": 36, "global": 12, "gqa": 12}),
        ("78 MLA/DSA", {"mla": 78, "dsa": 78}),
        ("61 CSA/HCA", {"csa": 61, "hca": 61}),
        ("39 sliding-window + 13 global gated GQA", {"sliding": 39, "global": 13, "gated": 13}),
        ("6 GQA + 23 Mamba-2 + 23 MoE", {"gqa": 6, "mamba-2": 23, "moe": 23}),
        ("6 GQA, 23 Mamba 2 and 23 MoE", {"gqa": 6, "mamba-2": 23, "moe": 23}),
        ("12 gated GQA + 36 Kimi Delta Attention", {"gated": 12, "gqa": 12, "kda": 36}),
        ("10 gated attention + 30 DeltaNet", {"gated attention": 10, "deltanet": 30}),
        ("10 MLA + 70 Lightning Attention", {"mla": 10, "lightning": 70}),
        ("12 × (3 DeltaNet + 1 gated attention)", {"deltanet": 36, "gated attention": 12}),
        ("12x (3 DeltaNet + 1 GQA)", {"deltanet": 36, "gqa": 12}),
        ("32 mLSTM", {"mlstm": 32}),
        ("24 local / 8 full attention layers", {"sliding": 24, "global": 8}),
        ("48 GQA (window 128)", {"gqa": 48}),
        ("78 MLA (DSA)", {"mla": 78, "dsa": 78}),
        ("61MLA", {"mla": 61}),
        ("61 layers: 3 dense + 58 MoE", {"dense": 3, "moe": 58}),
        ("48 layers (36 DeltaNet + 12 GQA)", {"deltanet": 36, "gqa": 12}),
        ("61 MLA (3 dense, 58 MoE)", {"mla": 61, "moe": 0}),
        ("32 GQA (1024)", {"gqa": 32}),
        ("All 32 GQA", {"gqa": 32}),
        ("32 hybrid Mamba-2/GQA", {"mamba-2": 32, "gqa": 32}),
        ("18 conv + 6 GQA + MoE FFNs", {"conv": 18, "gqa": 6, "moe": 0}),
        ("6 GQA + 23 Mamba-2 + 23 MoE; GQA + MoE MTP predictor", {"gqa": 6, "mamba-2": 23, "moe": 23}),
        ("GQA × 24", {"gqa": 24}),
        ("GQA in all 24 layers", {"gqa": 24}),
        ("local: 36, global: 13", {"sliding": 36, "global": 13}),
        ("SWA × 36 + global × 13", {"sliding": 36, "global": 13}),
        ("36 banded + 12 dense", {"sliding": 36, "global": 12, "dense": 0}),
        ("54 Mamba-2 + 10 attention + 54 dense", {"mamba-2": 54, "attention": 10, "dense": 54}),
        ("24 MHA (no sliding window)", {"mha": 24, "sliding": 0}),
        ("24 non-sliding", {"sliding": 0}),
        ("36 sliding-window, 12 global, GQA", {"sliding": 36, "global": 12, "gqa": 48}),
        ("61 MLA + DSA", {"mla": 61, "dsa": 61}),
        ("24L", {}),
        ("24 layers: MHA", {"mha": 24}),
        ("24 layers — MHA", {"mha": 24}),
        ("24 layers | MHA", {"mha": 24}),
        ("24 layers × MHA", {"mha": 24}),
        ("24xMHA", {"mha": 24}),
        ("MHA, 24 layers", {"mha": 24}),
        ("GQA, QK-Norm; 24 layers", {"gqa": 24}),
        ("L=24, MHA", {"mha": 24}),
        ("12 MHA (every layer)", {"mha": 12}),
        ("24 MHA + RoPE", {"mha": 24}),
        ("24 MHA + tied embeddings", {"mha": 24}),
        ("18/18 MQA", {"mqa": 18}),
        ("32 of 32 layers GQA", {"gqa": 32}),
        ("78 MLA with MTP", {"mla": 78, "mtp": 0}),
        ("61 MLA, MoE from layer 3", {"mla": 61, "moe": 0}),
        ("61 MLA + MTP×1", {"mla": 61}),
        ("SWA — 36, full — 12", {"sliding": 36, "global": 12}),
        ("Hybrid (36 SWA, 12 full)", {"sliding": 36, "global": 12}),
        ("36 SWA vs. 12 full", {"sliding": 36, "global": 12}),
        ("36 SWA -- 12 full", {"sliding": 36, "global": 12}),
        ("12 × {3 SWA + 1 full}", {"sliding": 36, "global": 12}),
        ("3:1 SWA/global (36 + 12)", {"sliding": 36, "global": 12}),
        ("3:1 SWA/global (35 + 13)", {"sliding": 35, "global": 13}),
        ("3:1 SWA/global (12 + 36)", {"sliding": 0, "global": 0}),
        ("61 MLA (plus 2 MTP layers)", {"mla": 61}),
        ("61 MLA (see config)", {"mla": 61}),
        ("36 SWA • 12 full", {"sliding": 36, "global": 12}),
        ("36 local, interleaved with 12 global", {"sliding": 36, "global": 12}),
        ("16 superblocks of 3 SWA + 1 full", {"sliding": 48, "global": 16}),
        ("16 blocks × (3 SWA + 1 full)", {"sliding": 48, "global": 16}),
        ("48 layers — 36 chunked; 12 global", {"chunked": 36, "global": 12}),
        ("36 LA + 12 GA", {"local or linear": 36, "global": 12}),
    ],
)
def test_terms(text: str, terms: dict[str, int]) -> None:
    read = mix(text)
    assert {name: read.count(name) for name in terms} == terms
    for term in read.terms:
        assert int(text[slice(*term.count_span)]) == term.written
        assert text[slice(*term.span)] == term.text
        assert not set(term.unknown) - {"no", "non-sliding"}


@pytest.mark.parametrize(
    ("text", "counts", "total"),
    [
        ("62 layers, 52 local + 10 global", [52, 10], 62),
        ("62 = 52 sliding + 10 global", [52, 10], 62),
        ("52 sliding + 10 global = 62 layers", [52, 10], 62),
        ("62: 52 sliding + 10 global", [52, 10], 62),
        ("48 layers of which 12 full attention and 36 DeltaNet", [12, 36], 48),
        ("48 layers, 12 of them full attention", [12, 36], 48),
        ("48 (12 full)", [12, 36], 48),
        ("61 MLA; 3 dense + 58 MoE", [61], None),
        ("48 layers, 36 chunked + 12 global; 24 dense + 24 MoE", [36, 12], 48),
        ("20 encoder + 20 decoder layers; 2 SWA-only + 38 CSA2/SWA", [2, 38], None),
        ("46 sliding; 2 full", [46, 2], None),
        ("24 sliding; 24 full", [24, 24], None),
        ("62 layers (52 local with window 1024, 10 global)", [52, 10], 62),
        ("46 sliding window 2 full", [46, 2], None),
        ("48 GQA (128 experts, 8 active)", [48], None),
        ("48 GQA (128 experts)", [48], None),
        ("48 GQA, 128 experts", [48], None),
        ("40 layers (20 sliding-window, 20 full; alternating)", [20, 20], 40),
        ("48 (every 4th global)", [48], None),
        ("24 local:8 global", [24, 8], None),
        ("(5 local + 1 global) × 8", [40, 8], None),
        ("(5 local + 1 global) x 10 + 2 local", [50, 10, 2], None),
        ("8 blocks of 3 sliding + 1 full", [24, 8], None),
        ("24 decoder layers, MHA", [24], None),
        ("13 local, 13 global, alternating", [13, 13], None),
        ("26 layers alternating sliding-window and global", [26], None),
        ("40 self + 8 cross-attention", [40, 8], None),
        ("48 layers, of which 12 full", [12, 36], 48),
        ("36 of 48 layers SWA", [36, 12], 48),
        ("36 of 48 layers SWA, 12 global", [36, 12], 48),
        ("48 layers: 12 full, rest SWA", [12, 36], 48),
        ("36 sliding-window layers, the remaining 12 global", [36, 12], None),
        ("36 local – 12 global", [36, 12], None),
        ("36 SWA-4,096 + 12 global", [36, 12], None),
        ("36 SWA with 4,096-token window + 12 global", [36, 12], None),
        ("3:1 SWA/global (36 + 12)", [36, 12], None),
        ("3:1 local/global: 36 local + 12 global", [36, 12], None),
        ("48 layers in a 3:1 pattern (36 SWA + 12 global)", [36, 12], 48),
        ("36 SWA + 12 global, 3:1 ratio", [36, 12], None),
        ("48 layers (3:1 local:global)", [48], None),
        ("12 groups of (3 SWA + 1 full)", [36, 12], None),
        ("(3 SWA + 1 full) x12", [36, 12], None),
        ("36 sliding-window + 12 global, first layer global", [36, 12], None),
        ("61 MLA, first 3 dense", [61], None),
        ("61 MLA, dense first 3", [61], None),
        ("61 MLA layers, 3 leading dense", [61], None),
        ("first 3 dense, then 58 MoE", [3, 58], None),
        ("61 MLA (excluding MTP)", [61], None),
        ("61 MLA w/o MTP", [61], None),
        ("61 layers + 1 MTP", [61, 1], None),
        ("62 layers incl. 1 MTP", [61, 1], None),
        ("62 (incl. 1 MTP)", [61, 1], None),
        ("62 layers (1 MTP)", [1, 61], 62),
        ("Stack of 24 MHA layers", [24], None),
        ("52 layers, 6 of which attention", [6, 46], 52),
        ("40 layers, 8 of them cross-attention", [8, 32], 40),
        ("43 layers, 2 of them window-only", [2, 41], 43),
        ("10 global among 62", [10, 52], 62),
        ("48 layers, hybrid 5:1 (39 SWA, 9 global)", [39, 9], 48),
        ("61 MLA, 256 routed experts + 1 shared", [61], None),
        ("61 MLA, 128 heads, 512-dim latent", [61], None),
        ("92 GQA, 8/160 experts", [92], None),
        ("92 GQA, 8 of 160 experts active", [92], None),
        ("92 GQA · 160 routed + 1 shared expert", [92], None),
        ("12 SWA w/ 128 window, 12 full w/o window", [12, 12], None),
        ("32 GQA layers, 32 query / 8 KV heads", [32], None),
        ("78 layers · MLA · 3 dense / 75 MoE", [78, 3, 75], None),
        ("64 layers, every fourth full attention", [64], None),
    ],
)
def test_totals_and_second_divisions_are_no_further_layers(
    text: str, counts: list[int], total: int | None
) -> None:
    read = mix(text)
    assert [term.count for term in read.terms] == counts
    assert read.stated_total == total
    assert read.total_agrees is (None if total is None else True)


def test_a_total_that_is_not_the_sum() -> None:
    assert mix("62 layers, 50 local + 10 global").total_agrees is False
    assert mix("62 (53 local + 10 global)").total_agrees is False
    assert mix("61 layers: 3 dense + 58 MoE + 1 MTP").total_agrees
    assert mix("32 (32 GQA + 32 MoE)").total_agrees


def test_layers_sublayers_passes_and_tail() -> None:
    assert mix("34 KDA + 11 MLA/DSA + 1 MTP layer").layers == 45
    assert mix("80 GQA + 1 MTP layer").mtp_layers == 1
    logical = mix("28 logical layers / 56 MLA sublayers")
    assert (logical.layers, logical.sublayers) == (28, 56)
    assert [term.text for term in logical.mixing] == ["56 MLA sublayers"]
    assert mix("32 layers (4 attention + 28 Mamba), 16 MoE").layers == 32
    within = mix("28 layers (56 MLA sublayers)")
    assert (within.layers, within.sublayers, within.stated_total) == (28, 56, None)
    looped = mix("22 shared GQA layers × 2 passes")
    assert (looped.layers, looped.passes) == (22, 2)
    assert mix("48 shared MHA layers (4 passes)").passes == 4
    assert mix("48 shared MHA layers × 4").passes == 4
    for text in ("61 MLA, first 3 dense, rest MoE", "61 MLA (first 3 dense, rest MoE)"):
        assert [(term.count, term.feed_forward) for term in mix(text).feeds] == [
            (3, "dense"),
            (58, "experts"),
        ]
    for text in ("61 layers + 1 MTP", "62 layers incl. 1 MTP", "62 layers (1 MTP)", "61 MLA + 1 draft layer"):
        assert (mix(text).layers, mix(text).mtp_layers) == (61, 1)
    for text in ("61 MLA, first 3 dense", "61 MLA, dense first 3", "61 MLA layers, 3 leading dense"):
        assert [(term.count, term.feed_forward) for term in mix(text).feeds] == [(3, "dense")]
    assert mix("48 (36 DeltaNet + 12 GQA)").stated_total == 48
    assert mix("6 GQA + 23 Mamba-2 + 23 MoE").layers == 52
    assert [term.count for term in mix("6 GQA + 23 Mamba-2 + 23 MoE").mixing] == [6, 23]
    assert mix("61 layers: 3 dense + 58 MoE").stated_total == 61


def test_what_is_said_of_some_layers_is_not_said_of_all() -> None:
    for text in (
        "64 layers mostly linear attention",
        "64 layers, every fourth full attention",
        "64 layers, half SWA",
    ):
        assert mix(text).terms[0].mixers == frozenset()
    assert mix("64 layers, MLA throughout").terms[0].is_a("mla")


def test_mixers() -> None:
    sliding, full = mix("36 sliding-window + 13 global GQA/MoE").terms
    assert sliding.mixers == {"sliding"}
    assert "global" in full.mixers
    assert "sliding" not in full.mixers
    assert mix("32 frobnicating").terms[0].mixers == frozenset()
    assert mix("32 frobnicating").terms[0].unknown == ("frobnicating",)
    assert mix("32 Mamba-2").terms[0].mixers == {"mamba"}
    assert mix("32 holographic attention").terms[0].mixers == frozenset()
    assert "global" in mix("32 standard attention").terms[0].mixers


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("GQA", "GQA"),
        ("5:1 sliding-window", "5:1 sliding-window"),
        ("4O GQA", "4O"),
        ("40.5 GQA", "40.5"),
        ("40 GQA + MLA", "MLA"),
        ("40 GQA, MLA", "MLA"),
        ("MoE + 40 GQA", "MoE"),
        ("40 GQA; MoE + 5O", "5O"),
        ("9999999 GQA", "9999999"),
        ("12 × (3 DeltaNet + 1 GQA", "3"),
        ("22 GQA × 2 heads", "2"),
        ("22 GQA × 0 passes", "0"),
        ("-3 GQA", "-"),
        ("12 full; rest", "rest"),
        ("5 local : 1 global", "5 local : 1 global"),
        ("36 of 48 SWA, 12 of 49 global", "49"),
        ("61 MLA incl. 3 GQA", "3 GQA"),
        ("32 GQA / 8", "8"),
        ("32/8 GQA", "32"),
        ("GQA 32/8", "8"),
        ("GQA 32:8", "GQA"),
        ("61 MLA, MoE 58", "58"),
        ("12 lots of 3 SWA + 1 full", "12 lots of"),
        ("16 groups: 3 SWA + 1 full", "16 groups"),
        ("60% SWA + 20% full", "60% SWA + 20% full"),
        ("30% SWA + 36 full", "36 full"),
        ("110% SWA", "110%"),
        ("50% frobnicating", "50% frobnicating"),
    ],
)
def test_what_cannot_be_read(text: str, what: str) -> None:
    read = read_layer_mix(text)
    assert isinstance(read, Unreadable), read
    assert text[slice(*read.span)] == what


@pytest.mark.parametrize(
    ("text", "total", "ways"),
    [
        ("12 full; rest SWA", None, {(12, 36)}),
        ("12 full layers, all others windowed", None, {(12, 36)}),
        ("12 full (rest SWA)", None, {(12, 36)}),
        ("73% SWA + 27% global", None, {(35, 13)}),
        ("~75% SWA / 25 % full (48 layers)", 48, {(35, 13), (36, 12), (37, 11)}),
        ("100% GQA", None, {(48,)}),
        ("75% SWA, rest full", None, {(35, 13), (36, 12), (37, 11)}),
        ("48 layers, 25% full", 48, {(11, 37), (12, 36), (13, 35)}),
        ("48 full; rest SWA", None, set()),
    ],
)
def test_counts_that_follow_from_the_stack(text: str, total: int | None, ways: set[tuple[int, ...]]) -> None:
    read = read_layer_mix(text)
    assert isinstance(read, OpenMix), read
    assert read.stated_total == total
    assert {tuple(count for count, _ in way) for way in read.counts(48)} == ways


def test_a_rest_beside_a_total_is_counted() -> None:
    for text in (
        "12 full, rest SWA; 48 layers",
        "12 full, rest SWA (48 layers)",
        "48 layers: 12 full, rest SWA",
    ):
        read = mix(text)
        assert [term.count for term in read.terms] == [12, 36]
        assert read.stated_total == 48
    assert [(term.count, term.feed_forward) for term in mix("61 MLA; MoE in 58").feeds] == [(58, "experts")]


@given(st.integers(1, 60), st.integers(1, 60))
def test_shares_hold_the_counts_that_they_are_rounded_from(many: int, few: int) -> None:
    layers = many + few
    for places in (0, 1):
        parts = [f"{round(100 * count / layers, places):.{places}f}" for count in (many, few)]
        if "0" in parts or "100" in parts or parts[0].startswith("0.0"):
            continue
        read = read_layer_mix(f"{parts[0]}% SWA + {parts[1]}% global")
        assert isinstance(read, OpenMix), read
        assert (many, few) in {tuple(count for count, _ in way) for way in read.counts(layers)}


@given(st.integers(2, 100), st.integers(2, 100))
def test_a_bare_number_behind_a_slash_is_never_a_layer(layers: int, heads: int) -> None:
    for text in (f"{layers} GQA / {heads}", f"{layers}/{heads} GQA", f"GQA {layers}/{heads}"):
        read = read_layer_mix(text)
        assert isinstance(read, Unreadable) or (layers == heads and mix(text).layers == layers)


def test_deep_brackets_end() -> None:
    assert isinstance(read_layer_mix("1 × (" * 300 + "1 GQA" + ")" * 300), Unreadable)


def test_ratios_of_heads_and_of_layers() -> None:
    read = read_attention("16:1 GQA with 3:1 sliding-window/global attention")
    assert [(ratio.text, ratio.of, ratio.value) for ratio in read.ratios] == [
        ("16:1", "heads", 16),
        ("3:1", "layers", 3),
    ]
    assert read.ratios[1].left_kinds == ("sliding",)
    assert read.ratios[1].right_kinds == ("global",)
    assert read.text[slice(*read.ratios[1].span)] == "3:1"
    assert read_attention("5.2:1 sliding-window/global").ratios[0].value == Fraction("5.2")
    delta = read_attention("3:1 Kimi Delta Attention and gated GQA with NoPE").ratios[0]
    assert (delta.of, delta.left_kinds, delta.right_kinds) == ("layers", ("kda",), ("gqa",))
    assert read_attention("5:0 sliding/global").ratios == ()


@pytest.mark.parametrize(
    ("text", "of", "left", "right"),
    [
        ("GQA 8:1", "heads", ("gqa",), ()),
        ("GQA (8:1) with RoPE", "heads", ("gqa",), ()),
        ("GQA, local:global 5:1", "layers", ("sliding",), ("global",)),
        ("sliding-window/global attention at a ratio of 5:1", "layers", ("sliding",), ("global",)),
        ("KDA and MLA (3:1), NoPE", "layers", ("kda",), ("mla",)),
        ("Gated DeltaNet and gated attention, 3:1", "layers", ("deltanet",), ("gated attention",)),
        ("GQA with RoPE, 4:1", "layers", (), ()),
        ("GQA; 32 heads; 4:1", "layers", (), ()),
        ("1:5 global/sliding", "layers", ("global",), ("sliding",)),
        ("Linear attention (GDN) and gated GQA, 3:1", "layers", (), ()),
        ("Linear attention (GDN) and gated GQA (3:1)", "layers", (), ()),
        ("SWA/global, GQA, 5:1", "layers", (), ()),
        ("GQA, 5:1 interleaved", "layers", (), ()),
        ("GQA, 8:1", "heads", ("gqa",), ()),
        ("gated GQA, 8:1", "heads", ("gqa",), ()),
        ("SWA/global with GQA 5:1", "heads", ("gqa",), ()),
    ],
)
def test_kinds_before_a_ratio(text: str, of: str, left: tuple[str, ...], right: tuple[str, ...]) -> None:
    (ratio,) = read_attention(text).ratios
    assert (ratio.of, ratio.left_kinds, ratio.right_kinds) == (of, left, right)


def test_kinds_of_attention() -> None:
    read = read_attention("GQA with QK-Norm and 5:1 sliding-window/global attention")
    assert {"gqa", "sliding", "global"} <= read.kinds
    assert read.span_of("gqa") == (0, 3)
    assert "attention" not in read_attention("No self-attention; mLSTM recurrent layers").kinds
    assert read_attention("GQA with alternating sliding-window and global layers").alternating
    assert "gqa" not in read_attention("MHA, no GQA").kinds


@pytest.mark.parametrize(
    "text",
    [
        "36 of 49 × (3 SWA + 1 global)",
        "1 of 4 layers full",
        "3 of every 4 SWA",
        "1 in 4 global",
        "1 global per 3 local",
        "48 layers, 1 full attention every 4",
        "48 layers with a global layer every 6",
        "48 layers: 3 linear + 1 full repeated 12 times",
        "3 linear + 1 full (×12)",
        "36 SWA + 12 full (3 SWA, 1 full repeated)",
        "3 linear : 1 full, 48 layers",
        "1 local : 1 global",
        "62 layers: 5 local, 1 global",
        "5 local then 1 global, 62 layers",
        "62 layers, 5 local per global",
        "16 × 4 layers",
        "12 × (SWA, full)",
    ],
)
def test_a_ratio_is_no_number_of_layers(text: str) -> None:
    assert isinstance(read_layer_mix(text), Unreadable)


@pytest.mark.parametrize(
    ("text", "layers", "total"),
    [
        ("48 GQA, 8 KV heads", 48, None),
        ("48 layers, 64 Q heads / 8 KV heads", 48, None),
        ("48 GQA + 3 MTP heads", 48, None),
        ("36 SWA 4096 + 12 full", 48, None),
        ("46 sliding window 2 full", 48, None),
        ("36 SWA + 12 full in a repeating pattern", 48, None),
        ("36 local + 12 global, 48 layers", 48, 48),
        ("36 local + 12 global, 62 layers", 48, 62),
        ("36 local / 12 global of 48", 48, 48),
        ("12 global of 48", 48, 48),
        ("12 out of 48 global", 48, 48),
        ("12 of the 48 layers use full attention", 48, 48),
        ("24 MHA + 24", 48, None),
        ("6 layers: 1 global + 5 local", 6, 6),
        ("1 dense + 47 MoE", 48, None),
        ("28 layers, 1 dense", 28, 28),
        ("24 layers, 6 full in all", 24, 24),
        ("22 × 2 passes", 22, None),
        ("22 GQA, 2 passes", 22, None),
        ("45 sliding-window (3 local + 1 global) + 15 global", 60, None),
        ("48 GQA layers (36 sliding, 12 full)", 48, 48),
    ],
)
def test_heads_windows_and_totals_are_no_further_layers(text: str, layers: int, total: int | None) -> None:
    assert (mix(text).layers, mix(text).stated_total) == (layers, total)


@pytest.mark.parametrize(
    ("text", "terms", "total"),
    [
        ("48 GQA layers; 8 of them global", [(8, "global"), (40, "")], 48),
        ("48 GQA, 8 of which full attention", [(8, "global"), (40, "")], 48),
        ("61 MLA, of which 3 dense", [(61, "mla")], None),
        ("GQA in each of 28 layers", [(28, "gqa")], None),
        ("46 layers, 1 dense + 45 MoE, 160 experts top 8", [(1, "dense"), (45, "moe")], 46),
        (
            "36 layers alternate between full and 128-token sliding window",
            [(36, "global sliding")],
            None,
        ),
    ],
)
def test_parts_experts_and_windows_are_no_further_layers(
    text: str, terms: list[tuple[int, str]], total: int | None
) -> None:
    mix = read_layer_mix(text)
    assert isinstance(mix, LayerMix)
    assert [(term.count, " ".join(sorted(kind.name for kind in term.kinds))) for term in mix.terms] == terms
    assert mix.stated_total == total


@pytest.mark.parametrize("text", ["50/50 sliding/full", "75/25 linear/full"])
def test_two_numbers_of_a_hundred_are_shares(text: str) -> None:
    mix = read_layer_mix(text)
    assert isinstance(mix, OpenMix)
    assert all(term.percent is not None for term in mix.terms)


@pytest.mark.parametrize(
    "text", ["global every 6 layers; rest local", "full attention at layers 3, 7, 11; rest linear"]
)
def test_a_step_is_no_number_of_layers(text: str) -> None:
    assert isinstance(read_layer_mix(text), Unreadable)
