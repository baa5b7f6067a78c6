"""Terminal colours, used only when they are asked for."""

from __future__ import annotations

from archlint.findings import Severity
from archlint.values import dataclass

_SEVERITY = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36", Severity.HINT: "1;35"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts texts in colour, or leaves them as they are."""

    on: bool = False

    def _code(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text

    def severity(self, severity: Severity, text: str) -> str:
        """Red, yellow, cyan or magenta."""
        return self._code(_SEVERITY[severity], text)

    def bold(self, text: str) -> str:
        """Bold."""
        return self._code("1", text)

    def faint(self, text: str) -> str:
        """Faint: for what matters less."""
        return self._code("2", text)

    def gutter(self, text: str) -> str:
        """Blue: line numbers."""
        return self._code("34", text)
