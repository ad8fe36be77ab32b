"""Write the parts of the documentation that are made from code; `--check` only compares.

`docs/sdk-reference.md` is made from `tanggap.sdk`, `openapi.json` from the routes of the API. In
the guides, a block after the line `<!-- include: PATH -->` is the file of that path of the example
plugin. The quality rules in `docs/sdk-policy.md` are those of `tanggap.sdk.testing.quality`.
"""

from __future__ import annotations

import argparse
import enum
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

from signatures import cell, default, doc, first, signature

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "tanggap_echo"
GUIDE = ROOT / "docs" / "writing-a-channel.md"
POLICY = ROOT / "docs" / "sdk-policy.md"
REFERENCE = ROOT / "docs" / "sdk-reference.md"
API = ROOT / "app" / "tanggap" / "web" / "api" / "openapi.json"
_INCLUDE = re.compile(
    r"<!-- include: (?P<path>\S+) -->\n(?P<fence>`{3,})\w*\n.*?^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
_RULES = re.compile(r"(<!-- rules -->\n).*?(?=<!-- end of rules -->)", re.DOTALL)
_LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json", ".md": "markdown"}

SIMULATOR_NOTE = """\
Imported from `tanggap.sdk.simulator`; needs Werkzeug, for which a plugin has an extra."""
TESTS_NOTE = """\
Imported from `tanggap.sdk.testing`; needs pytest: `pip install "tanggap[testing]"`."""
# Headline, module, and what is said of it.
PARTS = (
    ("The channel and its parts", "tanggap.sdk.channel", ""),
    ("Calling the platform", "tanggap.sdk.http", ""),
    ("Files with answers", "tanggap.sdk.attaching", ""),
    ("What platforms reward", "tanggap.sdk.responsiveness", ""),
    ("Values", "tanggap.sdk.types", ""),
    ("How long to keep things", "tanggap.sdk.retention", ""),
    ("Health", "tanggap.sdk.health", ""),
    ("Going on in private", "tanggap.sdk.inviting", ""),
    ("What observers and rule actions see", "tanggap.sdk.views", ""),
    ("Errors", "tanggap.sdk.errors", "What the core does next is in [Errors](errors.md)."),
    ("Reading JSON", "tanggap.sdk.payload", ""),
    ("Signatures", "tanggap.sdk.signing", "Imported from `tanggap.sdk.signing`."),
    ("Simulators", "tanggap.sdk.simulator", SIMULATOR_NOTE),
    ("Tests", "tanggap.sdk.testing", TESTS_NOTE),
)
_BASES = ("Engine", "ContractBase")
_ALIASES = {
    "tanggap.sdk.channel": ("SDK_VERSION",),
    "tanggap.sdk.types": ("Action", "Event", "PostKind", "Text", "Visibility"),
}
HEAD = """\
# SDK reference

Made from the code by `make docs`. What is here is public: see [the policy](sdk-policy.md).

This is SDK {version}. All names are in `tanggap.sdk` unless told otherwise.

## Hooks

A plugin marks these with `tanggap.sdk.hookimpl`, in the module that its entry point in the group
`tanggap` names. Arguments have no defaults, and one may leave out those one does not need. What an
observer raises is logged with the plugin's name and harms nobody; one that is not done after ten
seconds is left behind.
"""


def included(path: str) -> str:
    """Give the block that holds a file of the example."""
    text = (EXAMPLE / path).read_text("utf-8").rstrip("\n")
    fence = "````" if "```" in text else "```"
    language = _LANGUAGES.get(Path(path).suffix, "text")
    return f"<!-- include: {path} -->\n{fence}{language}\n{text}\n{fence}"


def guide(text: str) -> str:
    """Put the example's files into a guide."""
    return _INCLUDE.sub(lambda match: included(match["path"]), text)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """List the files in a guide, each with its content."""
    for match in _INCLUDE.finditer(text):
        lines = match[0].split("\n")
        yield match["path"], "\n".join(lines[2:-1]) + "\n"


def steps(text: str) -> Iterator[str]:
    """Give a guide as a shell script: its files are written and its commands run, in its order."""
    step = re.compile(rf"(?:{_INCLUDE.pattern})|^```console\n(?P<said>.*?)^```$", _INCLUDE.flags)
    yield "set -eux"
    for match in step.finditer(text):
        if match["path"]:
            ((path, content),) = blocks(match[0])
            yield f"cat > {path} <<'END_OF_FILE'\n{content}END_OF_FILE"
        else:
            yield from (line[2:] for line in match["said"].splitlines() if line.startswith("$ "))


def policy(text: str) -> str:
    """Put the quality rules into the policy."""
    quality = import_module("tanggap.sdk.testing.quality")
    lines = ["| rule | tier | says | read off the plugin |", "|---|---|---|---|"]
    lines += [
        f"| `{rule.key}` | {rule.tier} | {rule.says} | {'yes' if rule.fact else ''} |"
        for rule in quality.RULES
    ]
    return _RULES.sub(lambda match: match[1] + "\n".join(lines) + "\n", text)


def api() -> str:
    """Write the OpenAPI document."""
    spec, setup = (import_module(f"tanggap.web.api.{name}") for name in ("spec", "setup"))
    return str(spec.written(spec.generate(setup.BLUEPRINTS)))


def reference() -> str:
    """Describe every public name of the SDK."""
    sdk = import_module("tanggap.sdk")
    out = [HEAD.format(version=sdk.SDK_VERSION)]
    specs = import_module("tanggap.plugins.hookspecs")
    for name, hook in vars(specs).items():
        if name.startswith("tanggap_"):
            out += _function(name, hook)
    for title, module_name, note in PARTS:
        module = import_module(module_name)
        out += [f"## {title}", "", *([note, ""] if note else [])]
        for name in _public(module, set(sdk.__all__)):
            out += _entry(name, getattr(module, name))
        out += _control() if module_name == "tanggap.sdk.simulator" else []
    return "\n".join(out).rstrip() + "\n"


def _control() -> list[str]:
    """Describe the routes that every simulator has for scripts."""
    routes = import_module("tanggap.sdk.simulator.control").Control(SimpleNamespace(world=None))
    said = ((route, " ".join(doc(route.handler).split())) for route in routes.routes())
    lines = [f"- `{route.method} {route.path}`: {words}" for route, words in said]
    return ["### Control routes", "", "Bodies and answers are JSON objects.", "", *lines, ""]


def _public(module: ModuleType, exported: set[str]) -> list[str]:
    """Name what a module shows, in the order of its source."""
    shown = getattr(module, "__all__", None)
    if shown is not None:
        return sorted(shown, key=str.lower)
    found = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    if module.__name__ == "tanggap.sdk.signing":
        return [name for name, value in found.items() if inspect.isfunction(value)]
    own = [n for n, v in found.items() if getattr(v, "__module__", "") == module.__name__]
    aliases = [
        n for n, v in found.items() if n in _ALIASES.get(module.__name__, ()) and n not in own
    ]
    return [name for name in (*own, *aliases) if name in exported]


def _entry(name: str, value: object) -> list[str]:
    if inspect.isclass(value):
        return _class(name, value)
    if inspect.isfunction(value):
        return _function(name, value)
    if isinstance(value, frozenset):
        return [f"### `{name}`", "", ", ".join(f"`{one}`" for one in sorted(value)), ""]
    if isinstance(value, str | int):
        return [f"### `{name} = {value!r}`", ""]
    shown = re.sub(r"(typing|collections\.abc|tanggap\.sdk\.\w+|datetime)\.", "", str(value))
    return [f"### `{name}`", "", f"One of `{shown}`.", ""]


def _class(name: str, kind: type) -> list[str]:
    out = [f"### `{name}`", "", doc(kind), ""]
    if issubclass(kind, enum.Enum):
        return [*out, ", ".join(f"`{member.name} = {member.value!r}`" for member in kind), ""]
    if is_dataclass(kind):
        if all(f.kw_only for f in fields(kind)):
            out += ["Given by keyword alone.", ""]
        out += ["| field | type | default |", "|---|---|---|"]
        out += [f"| `{f.name}` | `{cell(f.type)}` | {default(f)} |" for f in fields(kind)]
        out.append("")
    elif kind.__init__ is not object.__init__ and not getattr(kind, "_is_protocol", False):
        out[0] = f"### `{name}{signature(kind)}`"
    if name.endswith("Contract"):
        tests = sorted(test for test in dir(kind) if test.startswith("test_"))
        listed = [f"- {test.removeprefix('test_').replace('_', ' ')}" for test in tests]
        return [*out, *_inherited(kind), "The tests:", "", *listed, ""]
    return out + _methods(kind) + _inherited(kind)


def _inherited(kind: type) -> list[str]:
    """Describe what authors set and write of the bases that are no entries of their own."""
    out = []
    for base in (base for base in kind.__mro__[1:] if base.__name__ in _BASES):
        out += [doc(base), ""]
        for name, hint in base.__annotations__.items():
            value = f" = {vars(base)[name]!r}`" if name in vars(base) else "`: Needed."
            out.append(f"- `{name}: {hint.removeprefix('ClassVar[').removesuffix(']')}{value}")
        out += _methods(base)
    return out


def _methods(kind: type) -> list[str]:
    found = [
        (name, value)
        for name, value in vars(kind).items()
        if not name.startswith(("_", "pytest_"))
        and (inspect.isfunction(value) or isinstance(value, property))
    ]
    lines = []
    for name, value in found:
        if isinstance(value, property):
            lines.append(f"- `{name}`" + (f": {first(value)}" if first(value) else ""))
        else:
            needed = " Needed." if getattr(value, "__isabstractmethod__", False) else ""
            lines.append(f"- `{name}{signature(value)}`: {first(value)}{needed}")
    return [*lines, ""] if lines else []


def _function(name: str, value: object) -> list[str]:
    return [f"### `{name}{signature(value)}`", "", doc(value), ""]


def main() -> int:
    """Write or compare; 1 when something was different and only compared."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--follow", action="store_true", help="print the guide as a shell script")
    given = parser.parse_args()
    if given.follow:
        sys.stdout.write("\n".join(steps(GUIDE.read_text("utf-8"))) + "\n")
        return 0
    check = given.check
    wanted = {
        REFERENCE: reference(),
        GUIDE: guide(GUIDE.read_text("utf-8")),
        POLICY: policy(POLICY.read_text("utf-8")),
        API: api(),
    }
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text("utf-8") != text]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(ROOT)} {'is stale' if check else 'written'}\n")
        if not check:
            path.write_text(wanted[path], "utf-8")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
