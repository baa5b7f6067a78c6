"""The result cache: a file's findings, as long as it, its configs, the rules and the settings stay the same.

One entry a file, below ``.archlint_cache`` in the project's root: a new result replaces the old one, so the
cache never grows beyond the project. Entries are written beside and moved into place, so concurrent runs
cannot tear them. Each is signed with a key that stands in the user's own cache folder: an entry that came
with somebody's pull request, saying that all is well, is worth nothing. Entries are JSON; nothing in them is
ever executed.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archlint import __version__
from archlint.findings import Finding, Fix, Related, Severity
from archlint.linter import Remembered
from archlint.reading import read_bytes
from archlint.source.edits import Edit

if TYPE_CHECKING:
    from archlint.linter import Linted
    from archlint.project import Settings

FOLDER: Final = ".archlint_cache"
_KEY_BYTES = 32


class Cache:
    """The cache of one project, for one run. Errors of the disk are no errors: then nothing is remembered."""

    def __init__(self, settings: Settings) -> None:
        self._folder: Final = settings.root / FOLDER
        self._secret: Final = _secret()
        self._common: Final = _digest(
            __version__,
            _code_state(),
            repr(settings),
            *(_listing(folder) for folder in settings.config_folders()),
            _hub_state(),
            *_rule_files(settings),
        )
        self._contents: dict[str, str] = {}

    def get(self, name: str, named: bool, data: bytes) -> Remembered | None:
        """Return what is remembered of the file ``name`` with contents ``data``; None when nothing holds."""
        if self._secret is None:
            return None
        try:
            sign, _, body = read_bytes(self._path(name, named)).partition(b"\n")
            if not hmac.compare_digest(sign, self._sign(body)):
                return None
            entry = json.loads(body)
            if entry["key"] != self._key(name, named, data):
                return None
            if any(self._content(path) != digest for path, digest in entry["configs"].items()):
                return None
            return _remembered(name, data, entry["outcome"])
        except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
            return None

    def put(
        self, name: str, named: bool, data: bytes, configs: Iterable[str], linted: Linted | Remembered
    ) -> None:
        """Remember what came of a file; ``configs`` are the files that were looked for, there or not."""
        if self._secret is None:
            return
        body = json.dumps(
            {
                "key": self._key(name, named, data),
                "configs": {path: self._content(path) for path in sorted(configs)},
                "outcome": _plain(linted),
            }
        ).encode("ascii")
        target = self._path(name, named)
        beside = target.with_suffix(f".{os.urandom(6).hex()}")
        try:
            if not self._folder.is_dir():
                _prepare(self._folder)
            beside.write_bytes(self._sign(body) + b"\n" + body)
            os.replace(beside, target)
        except OSError:
            return

    def _path(self, name: str, named: bool) -> Path:
        return self._folder / f"{_digest(os.path.abspath(name), str(named))[:32]}.json"

    def _key(self, name: str, named: bool, data: bytes) -> str:
        return _digest(self._common, name, os.path.abspath(name), str(named), sha256(data).hexdigest())

    def _sign(self, body: bytes) -> bytes:
        assert self._secret is not None
        return hmac.new(self._secret, body, "sha256").hexdigest().encode("ascii")

    def _content(self, path: str) -> str:
        """Return a digest of a config file; empty when there is none. Each is read once a run."""
        if path not in self._contents:
            try:
                self._contents[path] = sha256(read_bytes(path)).hexdigest()
            except (OSError, ValueError):
                self._contents[path] = ""
        return self._contents[path]


def _digest(*parts: str) -> str:
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _secret() -> bytes | None:
    """Return this user's key, made when there is none; None where none can be kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = Path(home) / "archlint" / "key"
    try:
        try:
            secret = read_bytes(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{os.urandom(6).hex()}")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(_KEY_BYTES))
            try:
                os.link(beside, path)  # fails when another run was first; its key is taken then
            except FileExistsError:
                pass
            finally:
                beside.unlink()
            secret = read_bytes(path)
    except OSError:
        return None
    return secret if len(secret) == _KEY_BYTES else None


def _prepare(folder: Path) -> None:
    """Make the cache's folder, and tell git and backup programs to pass over it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="ascii")
    tag = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of archlint's; it may be deleted.\n"
    (folder / "CACHEDIR.TAG").write_text(tag, encoding="ascii")


def _code_state() -> str:
    """Return what tells one build of archlint and its rules from another: sizes and times of its files.

    Of an installed package that is the compiled rules, which every build writes anew; of a source tree, all.
    """
    package = Path(__file__).parent
    try:
        status = (package / "data" / "rules.json").stat()
        return f"{status.st_size} {status.st_mtime_ns}"
    except OSError:
        folders = [package, package.parent.parent / "rules", package.parent.parent / "schemas"]
    state: list[str] = []
    while folders:
        folder = folders.pop()
        try:
            for entry in os.scandir(folder):
                if entry.is_dir() and entry.name != "__pycache__":
                    folders.append(Path(entry.path))
                elif entry.is_file():
                    status = entry.stat()
                    state.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
        except OSError:
            continue
    return _digest(*sorted(state))


def _listing(folder: Path) -> str:
    """Return what stands in a configs folder, two levels deep: the finder goes no deeper."""
    names: list[str] = []
    try:
        for entry in os.scandir(folder):
            names.append(entry.name)
            if entry.is_dir():
                names += (f"{entry.name}/{inner.name}" for inner in os.scandir(entry.path))
    except OSError:
        pass
    return _digest(os.fspath(folder), *sorted(names))


def _hub_state() -> str:
    """Return which revisions the Hub's cache holds."""
    home = os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface")
    state = []
    try:
        for entry in os.scandir(os.environ.get("HF_HUB_CACHE") or os.path.join(home, "hub")):
            if entry.name.startswith("models--"):
                try:
                    status = os.stat(os.path.join(entry.path, "refs", "main"))
                except OSError:
                    continue
                state.append(f"{entry.name} {status.st_mtime_ns}")
    except OSError:
        pass
    return _digest(*sorted(state))


def _rule_files(settings: Settings) -> list[str]:
    """Return digests of the user's own rules."""
    from archlint.rules.ruleset import own_files

    found = []
    for pattern in settings.rules:
        for name, path in own_files(settings.root, pattern).items():
            try:
                found.append(_digest(name, sha256(read_bytes(path)).hexdigest()))
            except OSError:
                found.append(_digest(name, "unreadable"))
    return found


def _plain(linted: Linted | Remembered) -> dict[str, Any]:
    return {
        "findings": [_finding_plain(finding) for finding in linted.findings],
        "spec": linted.is_spec,
        "models": linted.model_count,
        "with": linted.cards_with_config,
        "without": linted.cards_without_config,
        "unchecked": linted.cards_unchecked,
    }


def _remembered(name: str, data: bytes, outcome: Mapping[str, Any]) -> Remembered:
    from archlint.source import decode

    return Remembered(
        name,
        decode(data)[0],
        tuple(_finding(item) for item in outcome["findings"]),
        outcome["spec"],
        outcome["models"],
        outcome["with"],
        outcome["without"],
        outcome["unchecked"],
    )


def _finding_plain(finding: Finding) -> list[Any]:
    return [
        finding.code,
        finding.name,
        int(finding.severity),
        finding.message,
        finding.file,
        finding.start,
        finding.end,
        finding.start_offset,
        finding.end_offset,
        finding.pointer,
        finding.model,
        finding.confidence,
        [
            [fix.title, [[edit.start, edit.end, edit.text] for edit in fix.edits], fix.safe]
            for fix in finding.fixes
        ],
        [[each.file, each.start, each.end, each.message] for each in finding.related],
        finding.derivation,
        finding.tags,
        finding.value,
    ]


def _finding(data: list[Any]) -> Finding:
    code, name, severity, message, file, start, end, start_offset, end_offset, *more = data
    pointer, model, confidence, fixes, related, derivation, tags, value = more
    return Finding(
        code,
        name,
        Severity(severity),
        message,
        file,
        tuple(start),
        tuple(end),
        start_offset,
        end_offset,
        pointer,
        model,
        confidence,
        tuple(Fix(title, tuple(Edit(*edit) for edit in edits), safe) for title, edits, safe in fixes),
        tuple(Related(place, tuple(first), tuple(last), text) for place, first, last, text in related),
        tuple(derivation),
        tuple(tags),
        value,
    )
