"""archlint: the linter and language server for LLM architecture specs."""

__version__ = "0.1.0"
