"""Text to a tree with exact ranges: JSON, YAML and YAML front matter."""

from archlint.source.parse import decode, guess_format, load, parse

__all__ = ["decode", "guess_format", "load", "parse"]
