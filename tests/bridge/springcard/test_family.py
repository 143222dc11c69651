"""What the SpringCard family gives the bridge and the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import voluptuous as vol

from readers_bridge.description import problems
from readers_bridge.families.springcard import FAMILY
from readers_bridge.families.springcard.description import describe
from readers_bridge.families.springcard.driver import _WHY
from readers_bridge.families.springcard.options import Options
from readers_bridge.model import Address, DeviceConfig
from readers_bridge.validation import worded


def checked(**options: Any) -> dict[str, Any]:
    result: dict[str, Any] = worded(FAMILY.options)(options)
    return result


def check(**options: Any) -> list[str]:
    assert FAMILY.check is not None
    config = DeviceConfig("door", "springcard", Address("tcp", "192.0.2.10", 4000), "Door", options=checked(**options))
    return [problem.partition(":")[0] for problem in FAMILY.check(config)]


def test_every_option_has_a_default() -> None:
    assert Options.of(checked()) == Options() == Options.of({})


def test_every_option_arrives() -> None:
    options = Options.of(
        checked(
            dialect="json",
            reply="accept",
            repeats="mark",
            repeat_window=2,
            credential_from="tag_id",
            checksum="optional",
            raw_commands=True,
            json_outputs=True,
            labels={"interfaces": {"13": "Card"}, "protocols": {"01": "NFC-A"}},
        )
    )
    defaults = Options()
    assert all(getattr(options, name) != getattr(defaults, name) for name in Options.__slots__)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("dialect", "scdr", "one of auto, scrdr, json, mk1"),
        ("reply", "yes", "one of none, wink, accept, deny"),
        ("repeats", True, "one of drop, mark"),
        ("repeat_window", -1, "from 0 to 3600"),
        ("repeat_window", float("nan"), "from 0 to 3600"),
        ("repeat_window", True, "a number"),
        ("raw_commands", "yes", "true or false"),
        ("labels", {"interfaces": {13: "Card"}}, "in quotes"),
        ("labels", {"protocols": {"01": 5}}, "in quotes"),
        ("labels", {"protocols": []}, "a mapping"),
    ],
)
def test_a_wrong_option_is_refused_in_words(option: str, value: Any, words: str) -> None:
    with pytest.raises(vol.Invalid) as caught:
        checked(**{option: value})
    assert words in str(caught.value)


def test_options_that_contradict_each_other() -> None:
    assert check() == []
    assert check(dialect="json", json_outputs=True, reply="accept") == []
    assert check(dialect="mk1", reply="wink", raw_commands=True, credential_from="tag_data", json_outputs=True) == [
        "reply",
        "raw_commands",
        "credential_from",
        "json_outputs",
    ]
    assert check(dialect="scrdr", json_outputs=True) == ["json_outputs"]


@pytest.mark.parametrize("dialect", ["auto", "scrdr", "json", "mk1"])
@pytest.mark.parametrize("everything", [True, False])
def test_description_is_sound(dialect: str, everything: bool) -> None:
    description = describe(Options.of({"dialect": dialect, "raw_commands": everything, "json_outputs": everything}))
    assert problems(description) == ()
    assert all(entity.icon and entity.icon.startswith("mdi:") for entity in description.entities)
    assert all(event.icon and event.icon.startswith("mdi:") for event in description.events)
    assert not any(command.answer for command in description.commands), "a reader never answers"
    assert (description.command("send_raw") is not None) == everything
    assert (description.command("set_relay") is not None) == everything


def test_the_page_names_every_option_command_and_counter() -> None:
    page = (Path(__file__).parents[3] / "docs" / "families" / "springcard.md").read_text()
    everything = describe(Options(raw_commands=True, json_outputs=True))
    names = [str(option) for option in FAMILY.options] + [command.name for command in everything.commands]
    names += [argument for command in everything.commands for argument in command.args] + [*_WHY]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_importing_the_family_is_cheap() -> None:
    script = (
        "import sys, readers_bridge.families.springcard as family; "
        "print([name for name in sys.modules if name.startswith('readers_bridge') and "
        "any(part in name for part in ('driver', 'simulator', 'discovery', 'transports'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
