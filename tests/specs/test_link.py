"""Links taken apart."""

import pytest

from archlint.specs.link import read_link


@pytest.mark.parametrize(
    ("address", "repo", "view", "file"),
    [
        ("https://huggingface.co/Qwen/Qwen3-0.6B/blob/main/LICENSE", "Qwen/Qwen3-0.6B", "blob", "LICENSE"),
        ("https://huggingface.co/deepseek-ai/DeepSeek-V3/blame/main/LICENSE-MODEL", "deepseek-ai/DeepSeek-V3",
         "blame", "LICENSE-MODEL"),
        ("https://hf.co/a/b/resolve/main/sub/config.json", "a/b", "resolve", "sub/config.json"),
        ("https://huggingface.co/meta-llama/Llama-4-Maverick", "meta-llama/Llama-4-Maverick", None, None),
        ("https://huggingface.co/blog/ibm-granite/granite-4-1", None, None, None),
        ("https://huggingface.co/spaces/bigscience/license", None, None, None),
        ("https://huggingface.co/gpt2", None, None, None),
        ("https://github.com/rasbt/LLMs-from-scratch/tree/main/a", "rasbt/LLMs-from-scratch", "tree", "a"),
        ("https://github.com/openai/gpt-2.git", "openai/gpt-2", None, None),
        ("https://raw.githubusercontent.com/a/b/main/LICENSE", "a/b", "raw", "LICENSE"),
        ("https://example.org/a/b", None, None, None),
    ],
)  # fmt: skip
def test_repositories(address: str, repo: str | None, view: str | None, file: str | None) -> None:
    link = read_link(address)
    assert link is not None
    assert (link.repo, link.view, link.file) == (repo, view, file)


@pytest.mark.parametrize(
    "text",
    ["", "huggingface.co/a/b", "https//huggingface.co/a", "htp://x.org", "https:/x.org", "https://x",
     "https://x .org/a", "https://huggingface.co/a b", "javascript:alert(1)",
     "https://user:pass@x.org/", "LICENSE",
     "https://" + "a" * 3000],
)  # fmt: skip
def test_no_links(text: str) -> None:
    assert read_link(text) is None


def test_blame_becomes_blob() -> None:
    link = read_link("https://huggingface.co/blame/x/blame/main/LICENSE")
    assert link is not None
    assert link.without_blame == "https://huggingface.co/blame/x/blob/main/LICENSE"
    blob = read_link("https://huggingface.co/a/b/blob/main/LICENSE")
    assert blob is not None
    assert blob.without_blame is None


@pytest.mark.parametrize(
    ("address", "paper"),
    [
        ("https://arxiv.org/pdf/2602.17004", "2602.17004"),
        ("https://arxiv.org/abs/2601.21204v2", "2601.21204"),
        ("https://arxiv.org/pdf/2505.09388.pdf", "2505.09388"),
        ("https://arxiv.org/abs/cs/0112017", "cs/0112017"),
        ("https://arxiv.org/pdf/26021.17004", None),
        ("https://example.org/pdf/2602.17004", None),
    ],
)
def test_papers(address: str, paper: str | None) -> None:
    link = read_link(address)
    assert link is not None
    assert link.paper == paper
