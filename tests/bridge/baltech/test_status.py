from __future__ import annotations

import re

import pytest

from readers_bridge.families.baltech.status import error_code, explain, status_name

GET_MESSAGE, RUN_SCRIPT, CFG_GET_VALUE, ENABLE, TUNNEL = 0x0501, 0x0503, 0x0008, 0x0A01, 0x0706


@pytest.mark.parametrize(
    ("code", "status", "name", "word"),
    [
        (GET_MESSAGE, 0x00, "OK", "ok"),
        (GET_MESSAGE, 0x40, "CmdWork", "still_running"),
        (GET_MESSAGE, 0x41, "ErrInvalidCmd", "not_supported"),
        (CFG_GET_VALUE, 0x42, "ErrAccessDenied", "access_denied"),
        (GET_MESSAGE, 0x81, "ErrTimeout", "line_disturbed"),
        (GET_MESSAGE, 0x82, "ErrFrame", "line_disturbed"),
        (GET_MESSAGE, 0x83, "ErrResponseTooLong", "response_too_long"),
        (GET_MESSAGE, 0x84, "ErrChecksum", "line_disturbed"),
        (GET_MESSAGE, 0x01, "ErrNoMessage", "no_message"),
        (RUN_SCRIPT, 0x02, "ErrScriptRuntime", "script_runtime"),
        (RUN_SCRIPT, 0x03, "ErrScriptSyntax", "script_syntax"),
        (RUN_SCRIPT, 0x04, "ErrScriptNotImplemented", "default_action"),
        (GET_MESSAGE, 0x10, "ErrArDisabled", "autoread_disabled"),
        (CFG_GET_VALUE, 0x01, "ErrCfgFull", "configuration_full"),
        (CFG_GET_VALUE, 0x02, "ErrCfgAccess", "configuration_memory"),
        (CFG_GET_VALUE, 0x03, "ErrCfgNotFound", "not_found"),
        (CFG_GET_VALUE, 0x04, "ErrInvalidCfgBlock", "invalid_configuration"),
        (CFG_GET_VALUE, 0x05, "ErrCfgAccessDenied", "write_only"),
        (CFG_GET_VALUE, 0x06, "ErrRegAccess", "register_access"),
        (CFG_GET_VALUE, 0x07, "ErrInvalidProtocol", "invalid_protocol"),
        (CFG_GET_VALUE, 0x08, "ErrNotSupportedByHardware", "not_supported_by_hardware"),
        (CFG_GET_VALUE, 0x09, "ErrFactsetRestore", "factory_settings"),
        (CFG_GET_VALUE, 0x0A, "ErrCfgConfigSecurityCode", "wrong_security_code"),
        (CFG_GET_VALUE, 0x0B, "ErrCfgVersion", "configuration_too_old"),
        (CFG_GET_VALUE, 0x0C, "ErrCfgLoadWrongState", "wrong_state"),
        (ENABLE, 0x01, "ErrInvalidPort", "invalid_port"),
        (TUNNEL, 0x01, "ErrCrypto", "wrong_key"),
        (TUNNEL, 0x02, "ErrTunnel", "not_in_channel"),
    ],
)
def test_known(code: int, status: int, name: str, word: str) -> None:
    assert status_name(code, status) == name
    assert error_code(code, status) == word
    assert explain(code, status).endswith(f" (status {status:02X}, {name})")


@pytest.mark.parametrize(("code", "status"), [(GET_MESSAGE, 0x7A), (ENABLE, 0x02), (0x0100, 0x01), (0xFFFF, 0x01)])
def test_unknown(code: int, status: int) -> None:
    assert status_name(code, status) == f"status 0x{status:02X}"
    assert error_code(code, status) == f"status_{status:02x}"
    assert f"status {status:02X}, which is not documented" in explain(code, status)


def test_every_status_has_a_word_and_a_text() -> None:
    for group in range(256):
        for status in range(256):
            code = group << 8
            assert re.fullmatch(r"[a-z][a-z0-9_]*", error_code(code, status))
            assert ";" in explain(code, status) or status_name(code, status)
            assert not explain(code, status).endswith(".")


def test_names_are_those_of_the_manufacturers_package() -> None:
    from baltech_sdk._internal import err as internal
    from baltech_sdk._public import err as public

    compared = 0
    for module in (public, internal):
        for class_name, error in vars(module).items():
            group, _, name = class_name.partition("_")
            if group in ("AR", "Sys", "UI", "Sec") and name.startswith("Err") and name != "ErrInvalidFwCrc":
                assert status_name(error.ErrorCode & 0xFFFF, error.ErrorCode & 0xFF) == name
                compared += 1
    assert compared >= 18
