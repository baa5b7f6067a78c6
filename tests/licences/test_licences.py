"""Names that people write, and the licences that they mean."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

import archlint.licences
from archlint import licences

HUB = Path(__file__).with_name("hub.txt").read_text("utf-8").split()


def table() -> dict:
    return json.loads(Path(archlint.licences.__file__).with_name("licences.json").read_text("utf-8"))


def test_hub_identifiers_are_the_hubs() -> None:
    assert sorted(licences.hub_identifiers()) == sorted(HUB)
    assert all(licences.identify(name).id == name for name in HUB)


def test_no_two_licences_share_a_name() -> None:
    owners = defaultdict(set)
    for entry in table()["licences"]:
        for name in (entry["id"], entry["name"], *entry.get("spdx", ()), *entry.get("also", ())):
            owners[licences.key(name)].add(entry["id"])
    assert {name: ids for name, ids in owners.items() if len(ids) > 1 or not name} == {}


def test_every_kind_is_known() -> None:
    kinds = {"open", "restricted", "non-commercial", "research", "unknown"}
    assert {entry["kind"] for entry in table()["licences"]} == kinds


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Apache License 2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("apache-2", "apache-2.0"),
        ("Apache 2.0", "apache-2.0"),
        ("MIT", "mit"),
        ("MIT License", "mit"),
        ("the MIT Licence", "mit"),
        ("Modified MIT License", "modified-mit"),
        ("modified-mit", "modified-mit"),
        ('OpenAI "Modified MIT" license', "openai-modified-mit"),
        ("DeepSeek License Agreement v1.0", "deepseek-1.0"),
        ("Gemma Terms of Use + Gemma Prohibited Use Policy", "gemma"),
        ("Llama 3 Community License Agreement", "llama3"),
        ("Llama 3.1 Community License Agreement", "llama3.1"),
        ("Llama 3.2 Community License Agreement", "llama3.2"),
        ("Llama 4 Community License Agreement", "llama4"),
        ("Llama Community License Agreement (variant-specific)", "llama-community"),
        ("NVIDIA Nemotron Open Model License", "nvidia-nemotron-open-model"),
        ("nvidia-open-model-license", "nvidia-open-model"),
        ("Tencent Hy Community License Agreement", "tencent-hy-community"),
        ("NXAI Community License Agreement", "nxai-community"),
        ("Qwen Community License 1.0", "qwen-community-1.0"),
        ("Upstage Solar License", "upstage-solar"),
        ("OpenMDW License 1.1", "openmdw-1.1"),
        ("OpenMDW 1.1", "openmdw-1.1"),
        ("CC BY-NC 4.0", "cc-by-nc-4.0"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", "cc-by-nc-4.0"),
        ("BSD-3", "bsd-3-clause"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("GPLv3", "gpl-3.0"),
        ("CC0", "cc0-1.0"),
        ("Business Source License 1.1", "busl-1.1"),
        ("Boost Software License 1.0", "bsl-1.0"),
    ],
)  # fmt: skip
def test_names(written: str, meant: str) -> None:
    found = licences.identify(written)
    assert found is not None
    assert found.id == meant


@pytest.mark.parametrize(
    "written", ["", "???", "My Own License", "v1", "license", "cc-by-nc-sa", "x" * 500, "MITT"]
)
def test_unknown_names(written: str) -> None:
    assert licences.identify(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [("apache-2.O", "apache-2.0"), ("cc-by-nc-sa", "cc-by-nc-sa-4.0"), ("Apache Licence", "apache-2.0"),
     ("Lama 3.2 Community License", "llama3.2"), ("cc-by-4", "cc-by-4.0"),
     ("Apache Licnese 2.0", "apache-2.0"), ("MIT Lisence", "mit")],
)  # fmt: skip
def test_suggestions(written: str, meant: str) -> None:
    found = licences.suggest(written, identifier=True)
    assert found is not None
    assert found.id == meant


@pytest.mark.parametrize(
    "written",
    ["???", "My Own Terms of Service", "", "x", "GLM-5 License", "Llama 5 Community License Agreement",
     "OpenMDW License 2.0", "NVIDIA License", "Tencent License", "Falcon License", "Mistral License", "Step License",
     "Kimi License", "CC BY 5.0"],
)  # fmt: skip
def test_no_suggestion(written: str) -> None:
    assert licences.suggest(written) is None


def test_several_licences_in_one_text() -> None:
    assert [each.id for each in licences.parts("MIT OR Apache-2.0")] == ["mit", "apache-2.0"]
    assert [each.id for each in licences.parts("MIT / Apache 2.0")] == ["mit", "apache-2.0"]
    assert [each.id for each in licences.parts("MIT License")] == ["mit"]
    assert licences.parts("MIT or whatever") == ()


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "apache-2.0"),
        ("https://opensource.org/licenses/MIT", "mit"),
        ("https://opensource.org/license/mit/", "mit"),
        ("https://opensource.org/license/mit-0", "mit-0"),
        ("https://opensource.org/license/apache-2-0", "apache-2.0"),
        ("https://spdx.org/licenses/Apache-2.0.html", "apache-2.0"),
        ("https://choosealicense.com/licenses/agpl-3.0/", "agpl-3.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/legalcode", "cc-by-nc-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/deed.en", "cc0-1.0"),
        ("https://www.gnu.org/licenses/gpl-3.0.en.html", "gpl-3.0"),
        ("https://ai.google.dev/gemma/terms", "gemma"),
        ("https://ai.google.dev/gemma/prohibited_use_policy", "gemma"),
        ("https://ai.google.dev/gemma/docs/gemma_4_license", "apache-2.0"),
        ("https://www.llama.com/llama3_1/license/", "llama3.1"),
        ("https://llama.meta.com/llama3/license", "llama3"),
        ("https://www.nvidia.com/en-us/agreements/enterprise-software/nvidia-nemotron-open-model-license/",
         "nvidia-nemotron-open-model"),
        ("https://github.com/google/benchmark/blob/main/LICENSE-APACHE", "apache-2.0"),
    ],
)  # fmt: skip
def test_addresses_that_name_a_licence(address: str, meant: str) -> None:
    found = licences.by_url(address)
    assert found is not None
    assert found.id == meant


@pytest.mark.parametrize(
    "address",
    ["https://huggingface.co/deepseek-ai/DeepSeek-V3/blob/main/LICENSE-MODEL", "https://github.com/openai/gpt-2",
     "https://huggingface.co/arcee-ai/Trinity-Large-Base/blob/main/README.md", "https://apache.org/",
     "LICENSE", "https://ai.google.dev/gemma/docs/core/model_card_4", "https://example.org/licenses/MIT",
     "not a link"],
)  # fmt: skip
def test_addresses_that_name_none(address: str) -> None:
    assert licences.by_url(address) is None


@pytest.mark.parametrize(
    ("repo", "meant"),
    [
        ("meta-llama/Meta-Llama-3-8B", "llama3"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama3.1"),
        ("meta-llama/Meta-Llama-3.1-405B", "llama3.1"),
        ("meta-llama/Llama-3.2-1B", "llama3.2"),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", "llama4"),
        ("google/gemma-3-27b-it", "gemma"),
        ("google/gemma-4-E2B-it", "apache-2.0"),
        ("Qwen/Qwen3-0.6B", "apache-2.0"),
        ("Qwen/Qwen3.8-Flash-Next", None),
        ("someone/Llama-3.2-1B", None),
        ("", None),
    ],
)
def test_models(repo: str, meant: str | None) -> None:
    found = licences.of_model(repo)
    assert (found.id if found else None) == meant


def test_how_free_they_are() -> None:
    kinds = {
        name: licences.by_id(name).kind
        for name in ("apache-2.0", "llama3", "cc-by-nc-4.0", "apple-amlr", "other")
    }
    assert kinds == {
        "apache-2.0": "open",
        "llama3": "restricted",
        "cc-by-nc-4.0": "non-commercial",
        "apple-amlr": "research",
        "other": "unknown",
    }


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("MIT license (weights and code)", "mit"),
        ("Apache 2.0 (model weights)", "apache-2.0"),
        ("Apache Software License 2.0", "apache-2.0"),
        ("MIT 许可证", "mit"),
        ("Attribution-NonCommercial 4.0 International", "cc-by-nc-4.0"),
        ("xAI Community License", "grok2-community"),
    ],
)
def test_what_is_said_beside_a_name(name: str, identifier: str) -> None:
    assert [licence.id for licence in licences.parts(name)] == [identifier]


@pytest.mark.parametrize("name", ["Apache 2.0 (code)", "MIT (modified weights)", "MIT (not the weights)"])
def test_a_remark_that_changes_the_licence(name: str) -> None:
    assert licences.parts(name) == ()


def test_mistral_s_own_terms_have_addresses() -> None:
    for file, identifier in (("MRL-0.1.md", "mistral-research"), ("MNPL-0.1.md", "mistral-non-production")):
        licence = licences.by_url(f"https://mistral.ai/licenses/{file}")
        assert licence is not None
        assert licence.id == identifier
