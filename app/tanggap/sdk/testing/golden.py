"""Write down what fixtures are read as: `python -m tanggap.sdk.testing.golden --update MODULE`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tanggap.sdk.testing.fixtures import channel_of, fixtures_folder, outcome, read_fixtures


def main(argv: Sequence[str] | None = None) -> int:
    """Compare every fixture with what is written down, or write it down anew."""
    parser = argparse.ArgumentParser(prog="python -m tanggap.sdk.testing.golden")
    parser.add_argument("module", help="the plugin's module, such as tanggap_echo")
    parser.add_argument("--fixtures", type=Path, help="where they are, unless beside the package")
    parser.add_argument("--update", action="store_true", help="write down what they are read as")
    given = parser.parse_args(argv)
    channel = channel_of(given.module)
    changed = []
    for fixture in read_fixtures(given.fixtures or fixtures_folder(given.module)):
        found = json.dumps(outcome(channel, fixture), indent=2, ensure_ascii=False) + "\n"
        golden = fixture.golden
        if golden.exists() and golden.read_text("utf-8") == found:
            continue
        changed.append(fixture.name)
        if given.update:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(found, "utf-8")
    what = "written" if given.update else "different"
    sys.stdout.write(f"{len(changed)} {what}: {', '.join(changed) or 'none'}\n")
    return 1 if changed and not given.update else 0


if __name__ == "__main__":
    sys.exit(main())
