"""Make a new plugin from the example, which is whole and tested: only its names change."""

from __future__ import annotations

import keyword
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tanggap.errors import TanggapError

LICENCES: Sequence[str] = ("MIT", "BSD-3-Clause", "none")
_KINDS = frozenset({".py", ".typed", ".json", ".toml", ".md", ".headers"})
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
# It goes into Python, TOML and Markdown, where these would end a text or start markup.
_PLAIN = re.compile(r"""[^\\"'`{}<>\x00-\x1f\x7f]{1,60}""")
_OWNER = "The Tanggap founders"
_BSD_CLAUSES = """\
Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions
   and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of
   conditions and the following disclaimer in the documentation and/or other materials provided
   with the distribution.
3. Neither the name of the copyright holder nor the names of its contributors may be used to
   endorse or promote products derived from this software without specific prior written
   permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT
OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""


class ScaffoldError(TanggapError):
    """A plugin cannot be made; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The names of a new plugin."""

    key: str
    title: str
    author: str
    licence: str
    year: int

    @classmethod
    def of(cls, name: str, *, title: str | None, author: str, licence: str, year: int) -> Plan:
        """Check a name and derive the rest; raises `ScaffoldError`."""
        if not _NAME.fullmatch(name) or len(name) > 40 or keyword.iskeyword(name):
            raise ScaffoldError(
                f"{name!r} cannot name a plugin: take lower-case letters, digits and -, such as "
                "guestbook"
            )
        for value in filter(None, (title, author)):
            if not _PLAIN.fullmatch(value):
                raise ScaffoldError(f"{value!r} must be plain words of at most 60 characters")
        words = re.split("[-_]", name)
        return cls(
            key="_".join(words),
            title=title or " ".join(word.capitalize() for word in words),
            author=author or f"The authors of tanggap-{'-'.join(words)}",
            licence=licence,
            year=year,
        )

    @property
    def package(self) -> str:
        """Name the import package."""
        return f"tanggap_{self.key}"

    @property
    def distribution(self) -> str:
        """Name what is installed."""
        return f"tanggap-{self.key.replace('_', '-')}"

    def rename(self, text: str) -> str:
        """Write the example's names as those of the new plugin."""
        for old, new in (
            ("tanggap_echo", self.package),
            ("tanggap-echo", self.distribution),
            ("SimulatedEcho", "Simulated" + "".join(w.capitalize() for w in self.key.split("_"))),
            ("ECHO_LOG", f"{self.key.upper()}_LOG"),
            ("X-Echo-", f"X-{self.key.replace('_', '-').title()}-"),
            ("x-echo-", f"x-{self.key.replace('_', '-')}-"),
            ("echo.example", f"{self.key.replace('_', '-')}.example"),
            ("Echo", self.title),
            ("echo", self.key),
            (_OWNER, self.author),
        ):
            text = text.replace(old, new)
        return text


def write(plan: Plan, example: Path, folder: Path | None) -> Path:
    """Make the plugin in `folder`, which must not hold anything; returns it."""
    target = folder or Path(plan.distribution)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ScaffoldError(f"{target} holds something already: choose another with --dir")
    files = {
        plan.rename(path.relative_to(example).as_posix()): path
        for path in sorted(example.rglob("*"))
        if path.suffix in _KINDS and not any(part.startswith(".") for part in path.parts[-3:])
    }
    try:
        for name, source in files.items():
            _put(target / name, plan.rename(source.read_text("utf-8")))
        _license(plan, example, target)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ScaffoldError(f"{target} cannot be written: {error}") from error
    return target


def _license(plan: Plan, example: Path, target: Path) -> None:
    project = target / "pyproject.toml"
    text = project.read_text("utf-8")
    notice = f"Copyright (c) {plan.year} {plan.author}"
    if plan.licence == "none":
        lines = (line for line in text.splitlines() if not line.startswith("license"))
        project.write_text("\n".join(lines) + "\n", "utf-8")
    elif plan.licence == "MIT":
        granted = (example / "LICENSE").read_text("utf-8")
        _put(target / "LICENSE", re.sub(r"Copyright \(c\).*", notice, granted))
    else:
        project.write_text(text.replace('license = "MIT"', f'license = "{plan.licence}"'), "utf-8")
        _put(target / "LICENSE", f"BSD 3-Clause License\n\n{notice}\n\n{_BSD_CLAUSES}")


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
