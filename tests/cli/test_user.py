"""People who leave, and people who have lost their second step, by command."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def test_person_who_left_cannot_sign_in_and_the_last_administrator_stays(ready: Run) -> None:
    ready("user", "add", "boss@b.example", "--name", "Bos", "--role", "admin", "--generate")
    ready("user", "add", "a@b.example", "--name", "A B", "--role", "analyst", "--generate")
    result = ready("user", "deactivate", "a@b.example")
    assert "cannot sign in any more" in result.output
    assert "a@b.example" not in ready("user", "list").output
    refused = ready("user", "deactivate", "boss@b.example")
    assert refused.exit_code == 1
    assert "only administrator" in refused.output


def test_second_step_is_removed_or_was_never_there(ready: Run) -> None:
    ready("user", "add", "a@b.example", "--name", "A B", "--generate")
    assert "had no second step" in ready("user", "remove-second-factor", "a@b.example").output
    missing = ready("user", "remove-second-factor", "who@b.example")
    assert missing.exit_code == 1
