"""The configuration file: what it may say, read and checked by pydantic. Imported only where such a file exists."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from archlint.findings import Severity
from archlint.project import ConfigurationError, Settings, Suppression
from archlint.reading import read_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SeverityName = Literal["error", "warning", "info", "hint"]
Profile = Literal["default", "strict", "pedantic"]


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_one_or_many)]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", alias_generator=lambda name: name.replace("_", "-"), populate_by_name=True
    )


class SuppressTable(_Table):
    """One ``[[tool.archlint.suppress]]``."""

    file: str = Field(description="Glob of the files, relative to the project's root.")
    codes: Names = Field(min_length=1, description="Rule codes, code prefixes or rule names.")
    pointer: str = Field(
        "",
        pattern="^(/.*)?$",
        description="JSON pointer; what stands below it is silenced. Empty: the whole file.",
    )
    model: str | None = Field(None, description="Only in this entry of a gallery.")
    reason: str = Field("", description="Why the finding is accepted.")


class ConfigurationTable(_Table):
    """``archlint.toml``, or ``[tool.archlint]`` of ``pyproject.toml``."""

    profile: Profile = Field("default", description="How much to say: default, strict or pedantic.")
    configs: Names = Field(
        [], description="Folders with the config.json files that cards are checked against."
    )
    select: Names = Field([], description="Run only these rules: codes, prefixes or names.")
    extend_select: Names = Field([], description="Run these rules, too, whatever the profile says.")
    ignore: Names = Field([], description="Never run these rules.")
    severity: dict[str, SeverityName | Literal["off"]] = Field({}, description="Severity by rule or prefix.")
    per_file_ignores: dict[str, Names] = Field({}, description="Rules not to run, by glob of files.")
    suppress: list[SuppressTable] = Field([], description="Findings to silence in files without comments.")
    options: dict[str, dict[str, Any]] = Field({}, description="Options by rule code or name.")
    rules: Names = Field([], description="Globs of your own rule files, relative to the root.")
    exclude: Names = Field([], description="Globs of files and folders that a walk passes over.")
    fail_on: SeverityName = Field("error", description="The least severity that makes a run fail.")
    require_reasons: bool = Field(False, description="Suppressions must say why.")
    baseline: str | None = Field(None, description="The baseline file, instead of .archlint-baseline.json.")
    plugins: Names = Field(
        [], description="Installed packages whose rules run: entry points of archlint.plugins."
    )
    online: bool = Field(False, description="Ask the Hub for configs that are not at hand.")


def read(source: Path) -> Settings:
    """Read a configuration file; raise ConfigurationError on what it may not say."""
    try:
        data: Any = tomllib.loads(read_text(source))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source}: not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{source}: not UTF-8 at byte {error.start + 1:,}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{source}: cannot be read: {reason}") from None
    if source.name == "pyproject.toml":
        tool = data.get("tool")
        data = tool.get("archlint", {}) if isinstance(tool, dict) else {}
    return from_table(data, source)


def from_table(data: object, source: Path) -> Settings:
    """Turn a configuration table into settings rooted at the folder of ``source``."""
    return _settings(parse(data, str(source)), source)


def parse(data: object, where: str) -> ConfigurationTable:
    """Check a table; raise ConfigurationError naming the first wrong key."""
    try:
        return ConfigurationTable.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"] if not str(part).startswith("literal["))
        if first["type"] == "extra_forbidden":
            raise ConfigurationError(f"{where}: unknown key {key}{_suggestion(first['loc'])}") from None
        raise ConfigurationError(f"{where}: {key or 'configuration'}: {_wanted(first)}") from None


def overlay(settings: Settings, data: Mapping[str, object], where: str) -> Settings:
    """Lay a partial table (a client's settings, say) over ``settings``; only the keys in it change."""
    from archlint.values import replace

    table = parse(dict(data), where)
    laid = _settings(table, settings.root / "archlint.toml")
    changed = {name: getattr(laid, name) for name in table.model_fields_set}
    return replace(settings, **changed)


def _settings(table: ConfigurationTable, source: Path) -> Settings:
    return Settings(
        root=source.parent,
        source=source,
        profile=table.profile,
        configs=tuple(table.configs),
        select=tuple(table.select),
        extend_select=tuple(table.extend_select),
        ignore=(*table.ignore, *(code for code, level in table.severity.items() if level == "off")),
        severity={code: Severity[level.upper()] for code, level in table.severity.items() if level != "off"},
        per_file_ignores={glob: tuple(codes) for glob, codes in table.per_file_ignores.items()},
        suppress=tuple(
            Suppression(item.file, tuple(item.codes), item.pointer, item.model, item.reason)
            for item in table.suppress
        ),
        options=table.options,
        rules=tuple(table.rules),
        exclude=tuple(table.exclude),
        fail_on=Severity[table.fail_on.upper()],
        require_reasons=table.require_reasons,
        baseline=table.baseline,
        plugins=tuple(table.plugins),
        online=table.online,
    )


_KINDS = {
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


def _wanted(error: ErrorDetails) -> str:
    """Say what a key must be, and what was written instead."""
    kind = error["type"]
    if kind == "missing":
        return "is missing"
    if kind == "too_short":
        return "must not be empty"
    written = _shown(error["input"])
    if kind == "string_pattern_mismatch":
        return f"must be empty or begin with /, not {written}"
    if kind == "literal_error":
        choices = str(error["ctx"]["expected"]) if "ctx" in error else ""
        choices = choices.replace("'", "")
        if error["loc"][0] == "severity":
            choices = choices.replace(" or ", ", ") + " or off"
        return f"must be {choices}, not {written}"
    return f"must be {_KINDS[kind]}, not {written}" if kind in _KINDS else error["msg"]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


def _suggestion(location: tuple[int | str, ...]) -> str:
    from archlint.specs.near import nearest

    if len(location) != 1:
        return ""
    known = [name.replace("_", "-") for name in ConfigurationTable.model_fields]
    near = nearest(str(location[0]), known)
    return f" (did you mean {near}?)" if near else ""
