"""Documentation and deployment name the settings, commands and errors that there are."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from pathlib import Path, PurePosixPath

import click
import pytest
import yaml

from tanggap import sdk
from tanggap.cli import COMMANDS, main
from tanggap.cli.settings import markdown_table
from tanggap.sdk.errors import ChannelError
from tanggap.settings import Settings, env_name

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("ml/*.md")])
DEPLOYMENT = [
    ROOT / "Dockerfile",
    ROOT / "compose.yaml",
    *sorted((ROOT / "deploy").rglob("*.service")),
]
KNOWN = {env_name(setting) for setting in fields(Settings)}
# Read by the tests and the scripts around them, never by the product.
FOR_TESTS = {"TANGGAP_TEST_POSTGRES_URL", "TANGGAP_TEST_REDIS_URL", "TANGGAP_TEST_REQUIRE_SERVICES"}


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_table_of_settings_is_the_one_the_command_writes() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8").endswith(markdown_table())


@pytest.mark.parametrize("path", [*PAGES, *DEPLOYMENT], ids=page_id)
def test_variables_that_are_named_are_settings(path: Path) -> None:
    named = set(re.findall(r"\bTANGGAP_[A-Z_]*[A-Z]\b", path.read_text("utf-8")))
    assert named - KNOWN - FOR_TESTS == set()


@pytest.mark.parametrize("path", [*PAGES, *DEPLOYMENT], ids=page_id)
def test_commands_that_are_named_exist_with_their_options(path: Path) -> None:
    text = path.read_text("utf-8")
    called = re.findall(r"(?:`|\$ |bin/)tanggap ([a-z-][^`\n#]*)", text)
    called += [
        " ".join(re.findall(r'"([^"]+)"', line))
        for line in re.findall(r'\["tanggap", ([^\]]+)\]', text)
    ]
    for line in called:
        assert_command(line)


def assert_command(line: str) -> None:
    """Walk the words of a command line down the commands."""
    command: click.Command = main
    context = click.Context(main)
    for word in line.split():
        if word.startswith("--"):
            options = {name for one in command.params for name in one.opts}
            assert word.partition("=")[0] in options, f"tanggap {line}"
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            assert found is not None, f"tanggap {line}"
            command = found


def test_every_command_is_in_the_guides() -> None:
    text = "".join(path.read_text("utf-8") for path in PAGES)
    assert [
        name for name in COMMANDS if f"`{name}`" not in text and f"tanggap {name}" not in text
    ] == []


def test_list_of_commands_says_what_each_command_says_of_itself() -> None:
    context = click.Context(main)
    for name, entry in COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert entry.help
        assert command.help


def test_every_error_of_the_sdk_is_in_its_table_with_its_arguments() -> None:
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    for name in sdk.__all__:
        error = getattr(sdk, name)
        if not (inspect.isclass(error) and issubclass(error, ChannelError)):
            continue
        if error is ChannelError:
            continue
        arguments = set(inspect.signature(error.__init__).parameters)
        wanted = arguments - {"self", "args", "kwargs"} or {"message"}
        given = re.search(rf"\| `{name}\(([^)]*)\)` \|", text)
        assert given is not None, f"docs/errors.md lacks {name}"
        assert set(given[1].split(", ")) == wanted, name


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page_id(path)}: {target}"
        for path in PAGES
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8"))
        if not target.startswith("http") and not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    files = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    assert [name for name in files if name not in listed] == []
    for name in files:
        text = (ROOT / "docs" / "adr" / name).read_text("utf-8")
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Price")), name


def test_compose_file_holds_no_secret_and_publishes_nothing_to_the_world() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    services = yaml.safe_load(text)["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not re.search(r"PASSWORD: (?!\$\{)", text)


def test_targets_of_the_makefile_that_are_named_exist() -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    made |= {f"bench-{path.stem}" for path in (ROOT / "benchmarks").glob("*.py")}
    for path in PAGES:
        assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)", path.read_text("utf-8"))) <= made, path


def test_image_is_built_from_all_that_goes_into_the_wheel() -> None:
    """What `.dockerignore` leaves out is not there when the image builds the wheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()

    def is_sent(path: PurePosixPath) -> bool:
        sent = True
        for line in ignored:
            pattern = line.removeprefix("!")
            place = pattern.removeprefix("**/")
            for one in (path, *path.parents):
                if str(one) == pattern or (place != pattern and one.name == place):
                    sent = line.startswith("!")
        return sent

    assert [path for path in wanted if not is_sent(PurePosixPath(path))] == []
