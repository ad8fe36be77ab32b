"""Read YAML from strangers into plain values, with the line of each."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from tanggap.rules.problems import InvalidRuleError

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 8

Path = tuple[str | int, ...]
Lines = dict[Path, int]

# libyaml is many times faster; PyYAML is at times built without it.
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = frozenset(
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_WHOLE: Final = re.compile(r"-?\d{1,9}")


def read_yaml(text: str) -> tuple[Any, Lines]:
    """Read one YAML document of texts, whole numbers, yes/no, lists and mappings.

    Gives the values and the line, from 1, of everything by its path. Raises `InvalidRuleError`
    for syntax, size, depth, aliases, tags and repeated keys.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InvalidRuleError("the file is larger than 1 MiB", "Split it into several files.")
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _syntax_error(error) from error
    except UnicodeError as error:
        raise InvalidRuleError(
            "the file has characters that are not text", "Save it as UTF-8."
        ) from error
    lines: Lines = {}
    return (None if node is None else _plain(node, (), lines)), lines


def _check_events(text: str) -> None:
    """Refuse depth and aliases before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InvalidRuleError(
                "aliases (& and *) are not allowed", "Write the value out.", file_line=line
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise InvalidRuleError(
                f"nested more than {MAX_DEPTH} deep", "Remove levels.", file_line=line
            )


def _syntax_error(error: yaml.YAMLError) -> InvalidRuleError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return InvalidRuleError(
        f"this is not YAML: {problem}",
        "Mend this line or the one before it.",
        file_line=mark.line + 1 if mark else None,
    )


def _plain(node: yaml.Node, path: Path, lines: Lines) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return [_plain(item, (*path, number), lines) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _scalar(node)
    raise InvalidRuleError(
        f"the tag {node.tag} is not allowed", "Remove it.", file_line=lines[path]
    )


def _mapping(node: yaml.MappingNode, path: Path, lines: Lines) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise InvalidRuleError("a key must be a text", "Write a name.", file_line=line)
        key = key_node.value
        if key in values:
            raise InvalidRuleError(
                f"the key {key!r} stands twice", "Remove one of them.", file_line=line
            )
        values[key] = _plain(value_node, (*path, key), lines)
        lines[(*path, key)] = line
    return values


def _scalar(node: yaml.ScalarNode) -> str | int | bool | None:
    tag = node.tag.removeprefix(_TAG)
    if tag == "bool":
        return str(node.value).lower() in ("true", "yes", "on")
    if tag == "int" and _WHOLE.fullmatch(node.value):
        return int(node.value)
    return None if tag == "null" else str(node.value)
