"""A gallery maintainer's month: pull requests, right ones and wrong ones, against one growing repository.

Each is checked as the gate checks it (``check --since main``); the accepted ones are merged, and what they mean is
told (``diff``). The gallery begins with an old mistake that nobody has found yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .command import archlint
from .repo import Repo
from .specs import config, entry

MOE: dict[str, object] = {
    "architectures": ["MixtralForCausalLM"],
    "model_type": "mixtral",
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "rope_theta": 1000000.0,
    "max_position_embeddings": 32768,
    "vocab_size": 32000,
}


def _moe(name: str, repo: str, **changes: str) -> str:
    keys = {
        "scale": "46.7B total, 12.9B active (27.6% active)",
        "decoder_type": "Sparse MoE",
        "context_tokens": "32,768",
        "vocab_size": "32,000",
    }
    return entry(name, repo, **(keys | changes))


class Month:
    """The repository, and what happens to it."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repo(folder)
        self.number = 0
        self.accepted = 0
        self.entries: dict[str, str] = {}
        self.repo.write("archlint.toml", 'configs = ["configs"]\nfail-on = "warning"\n')
        self.repo.write("README.md", "# A gallery\n")
        for name in ("alpha", "beta", "gamma"):
            self.config(name, config())
        self.config("mix", config(**MOE))
        self.entries = {
            "Alpha 8B": entry("Alpha 8B", "org/alpha"),
            "Beta 8B": entry("Beta 8B", "org/beta", kv_cache_per_token_bf16="64 KiB"),  # the old mistake
            "Gamma 8B": entry("Gamma 8B", "org/gamma"),
            "Mix 47B": _moe("Mix 47B", "org/mix"),
        }
        self.gallery()
        self.repo.commit("The gallery as it was found")

    def config(self, name: str, text: str) -> None:
        self.repo.write(f"configs/org/{name}/config.json", text)

    def gallery(self) -> None:
        self.repo.write("models.yml", "".join(self.entries.values()))

    def request(self, change: Callable[[], None], *expected: str, refused: bool) -> str:
        """Open a pull request, see what the gate says, and merge it when it may be merged."""
        self.number += 1
        before = dict(self.entries)
        self.repo.git("checkout", "-q", "-b", f"request-{self.number}")
        change()
        self.repo.commit(f"Pull request {self.number}")
        said = archlint(self.repo.folder, "check", "--since", "main", code=int(refused))
        for text in expected:
            assert text in said, said
        meaning = archlint(self.repo.folder, "diff", "--format", "markdown", "main...HEAD")
        assert meaning.startswith("### archlint: ")
        self.repo.git("checkout", "-q", "main")
        if refused:
            self.entries = before
        else:
            self.accepted += 1
            self.repo.git("merge", "-q", "--no-ff", "-m", f"Merge {self.number}", f"request-{self.number}")
        return said + meaning

    def accept(self, change: Callable[[], None], *expected: str) -> str:
        return self.request(change, *expected, refused=False)

    def refuse(self, change: Callable[[], None], *expected: str) -> str:
        return self.request(change, *expected, refused=True)

    def put(self, name: str, text: str) -> Callable[[], None]:
        def change() -> None:
            self.entries[name] = text
            self.gallery()

        return change

    def new(self, name: str, repo: str, text: str, **keys: object) -> Callable[[], None]:
        def change() -> None:
            self.config(repo, config(**keys))
            self.put(name, text)()

        return change


@pytest.fixture
def month(tmp_path: Path) -> Month:
    return Month(tmp_path / "gallery")


def test_a_month(month: Month) -> None:
    # 1, 2, 3: a new model; another with one wrong figure; the same, mended as the message says
    said = month.accept(month.new("Delta 8B", "delta", entry("Delta 8B", "org/delta")), "No findings.")
    assert "**added** Delta 8B in models.yml" in said
    half: dict[str, object] = {"num_hidden_layers": 16}
    wrong = entry("Epsilon 4B", "org/epsilon", scale="4.5B", layer_mix="16 GQA")
    month.refuse(
        month.new("Epsilon 4B", "epsilon", wrong, **half),
        "error KVC001 KV cache per token is 64 KiB, not 128 KiB",
        "16 global layers × 8 KV heads × (128 + 128) × 2 B = 65,536 B",
        "configs/org/epsilon/config.json",
    )
    month.accept(
        month.new("Epsilon 4B", "epsilon", wrong.replace("128 KiB", "64 KiB"), **half), "No findings."
    )

    # 4: a comment beside the old mistake is not about it
    def comment() -> None:
        month.entries["Beta 8B"] = month.entries["Beta 8B"].replace("  scale", "  # from the paper\n  scale")
        month.gallery()

    month.accept(comment, "No findings.")

    # 5, 6: whoever touches the entry answers for it; then it is mended
    beta = month.entries["Beta 8B"]
    month.refuse(
        month.put("Beta 8B", beta.replace("2024-04-18", "2024-04-19")),
        "KV cache per token is 128 KiB, not 64 KiB",
    )
    said = month.accept(month.put("Beta 8B", beta.replace("64 KiB", "128 KiB")), "No findings.")
    assert "| 64 KiB | 128 KiB | &#43;100 % |" in said

    # 7: a model gets another name
    def rename() -> None:
        text = month.entries.pop("Gamma 8B")
        month.entries["Gamma 8B Instruct"] = text.replace("Gamma 8B", "Gamma 8B Instruct", 1)
        month.gallery()

    said = month.accept(rename, "No findings.")
    assert "**renamed** Gamma 8B Instruct (was Gamma 8B)" in said

    # 8: the entries in another order
    def reorder() -> None:
        month.entries = dict(sorted(month.entries.items(), reverse=True))
        month.gallery()

    said = month.accept(reorder, "No findings.")
    assert "no model changed" in said

    # 9, 10, 11: one wrong figure each
    month.refuse(
        month.put("Mix 47B", _moe("Mix 47B", "org/mix", scale="46.7B total, 12.9B active (37.6% active)")),
        "12.9B of 46.7B is 27.5% to 27.8%, not 37.6%",
    )
    alpha = month.entries["Alpha 8B"]
    month.refuse(month.put("Alpha 8B", alpha.replace("32 GQA", "30 GQA")), "30", "32 layers")
    month.refuse(month.put("Alpha 8B", alpha.replace("128,256", "128,265")), "128,256", "128,265")

    # 12: a key misspelt in a new entry: told, with the right one
    month.refuse(
        month.new("Zeta 8B", "zeta", entry("Zeta 8B", "org/zeta").replace("decoder_type", "decoder_typ")),
        "decoder_typ",
        "decoder_type",
    )

    # 13: the same model twice
    def twice() -> None:
        month.repo.write("models.yml", "".join(month.entries.values()) + month.entries["Alpha 8B"])

    month.refuse(twice, "Alpha 8B")

    # 14: half an entry; nothing else is lost
    def half_an_entry() -> None:
        text = "".join(month.entries.values())
        month.repo.write("models.yml", f"{text}Theta 9B:\n  scale: [9B\n  attention: GQA\n")

    said = month.refuse(half_an_entry, "error SRC")
    assert "KVC001" not in said

    # 15, 16: upstream republishes a config with fewer KV heads; first alone, then with its card
    month.refuse(
        lambda: month.config("delta", config(num_key_value_heads=4)),
        "models.yml:",
        "KV cache per token is 64 KiB, not 128 KiB",
    )

    def both() -> None:
        month.config("delta", config(num_key_value_heads=4))
        month.put("Delta 8B", month.entries["Delta 8B"].replace("128 KiB", "64 KiB"))()

    said = month.accept(both, "No findings.")
    assert "| 128 KiB | 64 KiB | −50 % |" in said

    # 17: entries move to a second gallery
    def move() -> None:
        month.repo.write("more.yml", month.entries.pop("Delta 8B") + month.entries.pop("Epsilon 4B"))
        month.gallery()

    said = month.accept(move, "No findings.")
    assert "no model changed" in said

    # 18: a model goes; 19: something that is no spec file
    def remove() -> None:
        del month.entries["Alpha 8B"]
        month.gallery()

    said = month.accept(remove, "No findings.")
    assert "**removed** Alpha 8B" in said

    def readme() -> None:
        month.repo.write("README.md", "# A gallery, and a line\n")

    month.accept(readme, "No findings.")

    # 20: a hostile one: a name that gives orders to the log, a cache that says all is well, a way out of the project
    def hostile() -> None:
        name = '"\\e[2J\\n::stop-commands::x\\n##[error]<script>@everyone|`"'
        month.config("evil", config())
        text = entry(name, "org/evil", kv_cache_per_token_bf16="1 KiB", company='"]]>%0A::error::x"')
        month.put("evil", text + 'Passwords:\n  scale: 1B\n  config: {repo: "../../etc/passwd"}\n')()
        month.repo.write(".archlint_cache/00.json", '{"outcome": {"findings": []}}')
        month.repo.write(".archlint-baseline.json", '{"version": 1, "findings": []}')
        (month.repo.folder / "away.yml").symlink_to("/etc/passwd")

    said = month.refuse(hostile, "KV cache per token is 128 KiB, not 1 KiB")
    for line in said.splitlines():
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)
        assert "\x1b" not in line
    assert "@everyone" not in said.partition("### archlint: ")[2]
    assert "root:" not in said

    # 21: and one that archlint mends itself
    iota = entry("Iota 8B", "org/iota", kv_cache_per_token_bf16="999 KiB")
    open_request = month.new("Iota 8B", "iota", iota)

    def mended() -> None:
        open_request()
        archlint(month.repo.folder, "check", "--fix", "--quiet", "models.yml", code=None)
        month.entries["Iota 8B"] = iota.replace("999 KiB", "128 KiB")
        assert (month.repo.folder / "models.yml").read_text() == "".join(month.entries.values())

    month.accept(mended, "No findings.")

    assert month.number == 21
    assert month.accepted == 11
    assert "error" not in archlint(month.repo.folder, "check", "--format", "concise", "--quiet", code=0)
