"""The texts: all languages have the same keys and placeholders, and every text that the code asks for is there."""

from __future__ import annotations

import re

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from tests.component.files import LANGUAGES, TRANSLATIONS, english, leaves, load_json, sources

ENGLISH = leaves(english())
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
SECTIONS = {
    "title",
    "common",
    "config",
    "options",
    "device",
    "device_automation",
    "entity",
    "exceptions",
    "issues",
    "selector",
    "services",
    "system_health",
}
SAME_IN_EVERY_LANGUAGE = re.compile(r"[A-Z0-9{}:./ _-]*")
"""Texts without a word: abbreviations and placeholders."""


def test_languages() -> None:
    assert {path.name for path in TRANSLATIONS.iterdir()} == {f"{language}.json" for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_texts(language: str) -> None:
    texts = leaves(load_json(TRANSLATIONS / f"{language}.json"))
    assert set(texts) == set(ENGLISH)
    for path, text in texts.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(ENGLISH[path])), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_one_that_home_assistant_takes(language: str) -> None:
    tree = load_json(TRANSLATIONS / f"{language}.json")
    assert set(tree) <= SECTIONS
    for path, text in leaves(tree).items():
        assert text, path
        assert text == text.strip(), path
        assert "[%key:" not in text, path
        assert "'{" not in text, f"{path}: a placeholder after an apostrophe is not filled in"
        assert not re.search(r"</?[a-z]+>", text), f"{path}: HTML"
        assert "://" not in text, f"{path}: an address belongs into a placeholder"
        assert text.count("{") == len(PLACEHOLDER.findall(text)), f"{path}: braces that are no placeholder"


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_each_language_is_a_translation(language: str) -> None:
    texts = leaves(load_json(TRANSLATIONS / f"{language}.json"))
    sentences = [
        path for path, text in ENGLISH.items() if len(text) > 25 and not SAME_IN_EVERY_LANGUAGE.fullmatch(text)
    ]
    left = [path for path in sentences if texts[path] == ENGLISH[path]]
    assert not left


@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_loads_each_language(hass: HomeAssistant, language: str) -> None:
    texts = leaves(load_json(TRANSLATIONS / f"{language}.json"))
    for section in {path.partition(".")[0] for path in texts}:
        loaded = await async_get_translations(hass, language, section, {"readers"})
        expected = {path: text for path, text in texts.items() if path.startswith(f"{section}.")}
        for path, text in expected.items():
            assert loaded[f"component.readers.{path}"] == text


def test_each_error_that_is_raised_has_a_text_with_its_placeholders() -> None:
    code = sources()
    raised = set(re.findall(r"\b(?:mistake|failure)\(\s*\"([a-z_]+)\"", code))
    raised |= set(re.findall(r"translation_key=\"([a-z_]+)\"", code))
    defined = {path.split(".")[1] for path in ENGLISH if path.startswith("exceptions.")}
    entities = {path.split(".")[2] for path in ENGLISH if path.startswith("entity.")}
    issues = {path.split(".")[1] for path in ENGLISH if path.startswith("issues.")}
    assert raised <= defined | entities | issues
    unused = {key for key in defined if f'"{key}"' not in code and not key.startswith("command_")}
    assert not unused
    for name, call in re.findall(r"\b(?:mistake|failure)\(\s*\"([a-z_]+)\"((?:[^()]|\([^()]*\))*)\)", code):
        given = set(re.findall(r"\b([a-z_]+)=", call))
        if "**" not in call:
            assert given >= set(PLACEHOLDER.findall(ENGLISH[f"exceptions.{name}.message"])), name
