"""Markdown of hovers: text from files stays text, and is escaped no more than that needs."""

from __future__ import annotations

import pytest

from archlint.server.markup import plain, table, unmarked


@pytest.mark.parametrize(
    "text",
    [
        "num_key_value_heads",
        "Bytes that one token adds to the KV cache in bf16 (windows ignored).",
        "262,144 (~262k)",
        "16.1 GFLOP - 5.5% of 671B, 3:1",
        'Qwen3-235B-A22B/"config.json"',
        "AT&T: 100 $ + tax!",
    ],
)
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[run](command:x)", r"\[run\](command:x)"),
        ("<img src=x>", r"\<img src=x>"),
        ("**bold** _slanted_ __init__", r"\*\*bold\*\* \_slanted\_ \_\_init\_\_"),
        ("a_(b)_", r"a\_(b)\_"),
        ("~a~ and ~~b~~", r"\~a\~ and \~\~b\~\~"),
        ("https://evil.example www.evil.example me@evil.example", None),
        ("&lt;b&gt; &#x3c;", r"\&lt;b\&gt; \&#x3c;"),
        ("a | b `c` \\", r"a \| b \`c\` \\"),
        ("$(trash) $5", r"\$(trash) $5"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("12) no list", r"12\) no list"),
        ("- no list", r"\- no list"),
        ("> no quotation", r"\> no quotation"),
        ("two\n# lines", "two # lines"),
    ],
)
def test_markup_is_escaped(text: str, written: str | None) -> None:
    written = written or r"https\://evil.example www\.evil.example me\@evil.example"
    assert plain(text) == written


@pytest.mark.parametrize("text", ["**b** _i_ [x](y) <z> `c`", "1. a", "~a~ ~b~", "https://x.y", r"C:\dir"])
def test_clients_without_markdown_get_the_text_back(text: str) -> None:
    assert unmarked(plain(text)) == text


def test_a_table_becomes_lines_for_clients_without_markdown() -> None:
    assert unmarked(table([("Parameters", "8B"), ("Weights", "15 GiB")], "Llama 3")) == (
        "Llama 3\nParameters: 8B\nWeights: 15 GiB"
    )
    assert unmarked(table([("Parameters", "8B")])) == "Parameters: 8B"
