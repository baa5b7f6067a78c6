"""Links to the Hub, GitHub and arXiv, taken apart: whose repository, which file, in which view of it."""

from __future__ import annotations

import re
from functools import lru_cache

from archlint.patterns import pattern
from archlint.values import dataclass

HUB_HOSTS = frozenset(["huggingface.co", "hf.co", "hf-mirror.com"])
"""The Hub, its short name, and its mirror."""

GITHUB_HOSTS = frozenset(["github.com", "raw.githubusercontent.com"])
"""GitHub, and where it serves files as they are."""

_URL = pattern(
    r"(?P<scheme>https?)://(?P<host>[^/?#\s]+)(?P<path>/[^?#\s]*)?(?P<rest>[?#]\S*)?", re.IGNORECASE
)
_HOST = pattern(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?::\d{1,5})?")
_VIEWS = frozenset(["blob", "raw", "resolve", "blame", "tree", "edit", "commit", "commits", "discussions"])
_NOT_OWNERS = frozenset(
    (
        "api", "blog", "chat", "collections", "datasets", "docs", "front", "join", "learn", "login", "models",
        "organizations", "papers", "posts", "pricing", "settings", "spaces", "tasks",
    )
)  # fmt: skip
_ARXIV = pattern(r"/(?:abs|pdf|html)/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?(?:\.pdf)?/?")


@dataclass(frozen=True, slots=True)
class Link:
    """A web address.

    ``host`` is in lower case and without ``www.``; ``repo`` is ``owner/name`` where the address is that of a
    model or of a GitHub repository; ``view`` is ``blob``, ``blame`` and the like; ``file`` the path below it.
    """

    text: str
    scheme: str
    host: str
    path: str
    repo: str | None = None
    view: str | None = None
    file: str | None = None

    @property
    def on_hub(self) -> bool:
        """Whether it leads to the Hub."""
        return self.host in HUB_HOSTS

    @property
    def paper(self) -> str | None:
        """The arXiv number, when it leads to a paper there."""
        if self.host not in ("arxiv.org", "export.arxiv.org"):
            return None
        found = _ARXIV.fullmatch(self.path)
        return found[1] if found else None

    @property
    def tail(self) -> str:
        """The last part of the path: a file's name."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def without_blame(self) -> str | None:
        """The same file as readers want it: the ``blame`` and ``edit`` views turned into ``blob``."""
        if self.view not in ("blame", "edit") or self.file is None:
            return None
        return self.text.replace(f"/{self.repo}/{self.view}/", f"/{self.repo}/blob/", 1)


@lru_cache(maxsize=4096)
def read_link(text: str) -> Link | None:
    """Take a web address apart; None when ``text`` is none."""
    found = _URL.fullmatch(text)
    if found is None or len(text) > 2_000:
        return None
    host = found["host"].rpartition("@")[2].lower().removeprefix("www.")
    if not _HOST.fullmatch(host) or "@" in found["host"]:
        return None
    path = found["path"] or "/"
    repo = view = file = None
    parts = [part for part in path.split("/") if part]
    hub = host in HUB_HOSTS
    if (hub or host in GITHUB_HOSTS) and len(parts) >= 2 and not (hub and parts[0] in _NOT_OWNERS):
        repo = f"{parts[0]}/{parts[1].removesuffix('.git') if not hub else parts[1]}"
        if host == "raw.githubusercontent.com" and len(parts) > 3:
            view, file = "raw", "/".join(parts[3:])
        elif len(parts) > 2 and parts[2] in _VIEWS:
            view = parts[2]
            file = "/".join(parts[4:]) or None
    return Link(text, found["scheme"].lower(), host, path, repo, view, file)
