"""Errors that people see, each with its translation."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .models import Response, Result

_KEYS = {
    "no_answer": "command_no_answer",
    "unknown": "command_outcome_unknown",
    "expired": "command_expired",
    "refused": "command_refused",
    "unavailable": "command_unavailable",
    "busy": "command_busy",
}


def failure(key: str, **placeholders: str) -> HomeAssistantError:
    """Something that went wrong, with the text ``exceptions.<key>`` of the translations."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def mistake(key: str, **placeholders: str) -> ServiceValidationError:
    """Something that was asked for wrongly, with the text ``exceptions.<key>`` of the translations."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def raise_for_result(result: Result, name: str) -> None:
    """Raise for a command that was not done. ``name``: the device's, for people.

    Raises:
        ServiceValidationError: the arguments are wrong (status ``invalid``).
        HomeAssistantError: every other status but ``done`` and ``sent``.
    """
    if result.ok:
        return
    said = result.error.message if result.error is not None else ""
    code = result.error.code if result.error is not None else result.status
    placeholders = {"device": name, "command": result.command, "message": said or result.status, "code": code}
    if result.status == "invalid":
        raise mistake("command_invalid", **placeholders)
    key = _KEYS.get(result.status, "command_failed")
    raise failure(key, **placeholders)


def raise_for_response(response: Response) -> None:
    """Raise for a request that the bridge did not do.

    Raises:
        ServiceValidationError: the request is wrong (status ``invalid``).
        HomeAssistantError: every other status but ``done``.
    """
    if response.ok:
        return
    said = response.error.message if response.error is not None else ""
    code = response.error.code if response.error is not None else response.status
    placeholders = {"request": response.verb, "message": said or response.status, "code": code}
    raise (mistake if response.status == "invalid" else failure)("request_failed", **placeholders)
