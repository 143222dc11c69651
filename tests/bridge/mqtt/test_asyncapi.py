from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from readers_bridge.mqtt.asyncapi import BEGIN, DOCS, END, document, main, to_yaml, with_reference
from readers_bridge.mqtt.topics import TOPICS, Direction
from readers_bridge.mqtt.verbs import VERBS

GUIDE = (DOCS / "mqtt.md").read_text("utf-8")
DOCUMENT = document()


def test_the_documents_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = main(["--check"])
    assert outcome == 0, f"run python -m readers_bridge.mqtt.asyncapi\n{capsys.readouterr().out}"


def test_a_document_that_is_out_of_date_is_told_and_renewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(DOCS / "mqtt.md", tmp_path)
    (tmp_path / "asyncapi.yaml").write_text("asyncapi: 3.0.0\n")
    docs = ["--docs", str(tmp_path)]
    assert main(["--check", *docs]) == 1
    assert capsys.readouterr().out == f"{tmp_path / 'asyncapi.yaml'} is out of date\n"
    assert main(docs) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'asyncapi.yaml'} written\n"
    assert main(["--check", *docs]) == 0


def test_only_the_reference_is_rewritten() -> None:
    text = with_reference(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert text.startswith(f"before\n{BEGIN}\n\n### All topics\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "\nold\n" not in text


def test_a_text_without_a_place_for_the_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="must contain a line"):
        with_reference("no markers here")


def test_the_yaml_says_what_the_document_says() -> None:
    assert yaml.safe_load(to_yaml(DOCUMENT)) == json.loads(json.dumps(DOCUMENT))


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert found
    for reference in found:
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_topic_has_its_channel_and_operation() -> None:
    for spec in TOPICS:
        if spec.name in {"request", "response"}:
            continue
        assert DOCUMENT["channels"][spec.name]["address"] == spec.address
        action = "send" if spec.direction is Direction.OUT else "receive"
        binding = DOCUMENT["operations"][f"{action}_{spec.name}"]["bindings"]["mqtt"]
        assert (binding["qos"], binding["retain"]) == (spec.qos, spec.retain)


def test_every_request_has_its_answer() -> None:
    operations = DOCUMENT["operations"]
    for verb in VERBS:
        reply = operations[f"receive_request_{verb.name}"]["reply"]["channel"]["$ref"]
        assert reply == f"#/channels/response_{verb.name}"
        assert DOCUMENT["channels"][f"response_{verb.name}"]["address"].endswith(f"/bridge/response/{verb.name}")
    assert operations["receive_command"]["reply"]["channel"]["$ref"] == "#/channels/result"


def test_every_variable_of_an_address_is_explained() -> None:
    for channel in DOCUMENT["channels"].values():
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel.get("parameters", {}))


def test_messages_with_a_transaction_are_correlated_by_it() -> None:
    messages = DOCUMENT["components"]["messages"]
    correlated = {name for name, message in messages.items() if "correlationId" in message}
    asked = {f"{way}_{verb.name}" for way in ("request", "response") for verb in VERBS}
    assert correlated == {"command", "result", *asked}


def test_every_json_example_of_the_guide_is_json() -> None:
    blocks = re.findall(r"^ *```json\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > len(TOPICS)
    for block in blocks:
        json.loads(block)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_within_the_guide_leads_to_a_heading() -> None:
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.*)$", GUIDE, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]*)\)", GUIDE))
    assert links
    assert links <= headings


def test_the_guide_explains_every_status_and_verb() -> None:
    statuses = DOCUMENT["components"]["schemas"]["result"]["properties"]["status"]["enum"]
    explained = GUIDE[: GUIDE.index(BEGIN)]
    for word in [*statuses, *(verb.name for verb in VERBS)]:
        assert re.search(rf"`{word}`|\[{word}\]", explained), word
