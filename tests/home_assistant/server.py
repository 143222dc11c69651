"""Home Assistant as a person runs it: its own process, a configuration folder, the frontend, REST and websocket."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.conftest import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".cache" / "home-assistant-newest" / "bin" / "python"
"""What ``scripts/setup-home-assistant newest`` makes."""

CONFIGURATION = """\
homeassistant:
  name: Test house
  time_zone: Europe/Berlin
  unit_system: metric
  country: DE
  latitude: 52.5
  longitude: 13.4
  elevation: 30
  currency: EUR
frontend:
config:
history:
logbook:
recorder:
  commit_interval: 1
automation: !include automations.yaml
script: !include scripts.yaml
logger:
  default: info
"""


class HomeAssistantError(Exception):
    """Home Assistant refused something; the text is its own."""


@dataclass
class HomeAssistant:
    """A server in ``folder``; :meth:`start` it, then :meth:`make_owner` once.

    ``with_component=False`` leaves this repository's component out. ``to_do`` are the steps that the frontend asks the first
    visitor for; those left out count as done. The step ``core_config`` would set up integrations that use the internet.
    """

    folder: Path
    username: str = "owner"
    password: str = "owner"
    with_component: bool = True
    to_do: tuple[str, ...] = ("user",)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "hass.log").read_text(errors="replace")

    # -- the process

    def prepare(self) -> None:
        """Write the configuration that a person has after the first steps; reaches for nothing outside this machine."""
        storage = self.folder / ".storage"
        storage.mkdir(parents=True)
        (self.folder / "configuration.yaml").write_text(CONFIGURATION)
        (self.folder / "automations.yaml").write_text("[]\n")
        (self.folder / "scripts.yaml").write_text("{}\n")
        done = [step for step in ("user", "core_config", "analytics", "integration") if step not in self.to_do]
        self._store("onboarding", 4, {"done": done})
        # as confirmed by a person: what configuration.yaml says of http is on trial for five minutes, then hass ends
        http = {
            "server_host": ["127.0.0.1"], "server_port": self.port, "cors_allowed_origins": [], "login_attempts_threshold": -1,
            "ip_ban_enabled": True, "ssl_profile": "intermediate_v6", "use_x_frame_options": True,
            "created_at": "2026-01-01T00:00:00+00:00", "error": None, "error_message": None,
        }  # fmt: skip
        self._store("http", 3, {"stable": http, "pending": None, "yaml_migration_done": True})
        if self.with_component:
            (self.folder / "custom_components").mkdir()
            (self.folder / "custom_components" / "readers").symlink_to(ROOT / "custom_components" / "readers")

    def _store(self, key: str, version: int, data: Mapping[str, Any]) -> None:
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        (self.folder / ".storage" / key).write_text(json.dumps(content))

    def start(self) -> HomeAssistant:
        """Start the server and wait until it has started; the folder is prepared when it is new."""
        if not (self.folder / ".storage").exists():
            self.prepare()
        assert PYTHON.exists(), "Home Assistant is missing; scripts/setup-home-assistant newest installs it"
        command: list[str | Path] = [PYTHON, "-m", "homeassistant", "-c", self.folder, "--skip-pip", "--log-no-color"]
        with (self.folder / "hass.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if self.token is None:
            self._wait_for(lambda: self.rest("GET", "/api/onboarding"), "Home Assistant to answer", 120)
        else:
            self._wait_for(self._is_running, "Home Assistant to have started", 120)
        return self

    def _wait_for(self, condition: Callable[[], object], what: str, seconds: float) -> None:
        def try_it() -> object:
            assert self.process is not None
            assert self.process.poll() is None, f"hass ended:\n{self.log[-3000:]}"
            with contextlib.suppress(OSError, HomeAssistantError):
                return condition()
            return False

        wait_until(try_it, what, seconds)

    def _is_running(self) -> bool:
        return bool(self.rest("GET", "/api/config")["state"] == "RUNNING")

    def stop(self) -> int:
        """End it as a service manager does; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        self.stop()
        self.start()

    def make_owner(self) -> None:
        """Make the owner's account, and a token of it that does not expire; wait until the server has started."""
        client = f"{self.address}/"
        person = {"name": self.username.title(), "username": self.username, "password": self.password, "language": "en"}
        made = self.rest("POST", "/api/onboarding/users", {"client_id": client, **person})
        form = {"grant_type": "authorization_code", "code": made["auth_code"], "client_id": client}
        self.token = self.rest("POST", "/auth/token", form=form)["access_token"]
        self.token = self.ws("auth/long_lived_access_token", client_name="tests", lifespan=365)
        self._wait_for(self._is_running, "Home Assistant to have started", 120)

    # -- how programs talk to it

    def rest(self, method: str, path: str, body: Any = None, *, form: Mapping[str, str] | None = None) -> Any:
        """A request to the REST API; its answer, parsed if it is JSON.

        Raises:
            HomeAssistantError: the answer is an error; the text is the answer's.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            raise HomeAssistantError(
                f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
            ) from error
        return json.loads(text) if text[:1] in ("{", "[") else text

    def ws(self, command: str, /, **arguments: Any) -> Any:
        """One command on a websocket connection of its own; its result.

        Raises:
            HomeAssistantError: the command failed.
        """
        with connect(f"ws://127.0.0.1:{self.port}/api/websocket", max_size=None, proxy=None) as socket:
            socket.recv(10)
            socket.send(json.dumps({"type": "auth", "access_token": self.token}))
            if json.loads(socket.recv(10))["type"] != "auth_ok":
                raise HomeAssistantError("the token is not accepted")
            socket.send(json.dumps({"id": 1, "type": command, **arguments}))
            while (answer := json.loads(socket.recv(60))).get("id") != 1 or answer["type"] != "result":
                pass
        if not answer["success"]:
            raise HomeAssistantError(f"{command}: {answer['error']}")
        return answer["result"]

    # -- what tests ask of it

    def states(self, domain: str = "") -> dict[str, dict[str, Any]]:
        """All states by entity id, or those of one domain."""
        return {
            state["entity_id"]: state
            for state in self.rest("GET", "/api/states")
            if not domain or state["entity_id"].startswith(f"{domain}.")
        }

    def state(self, entity_id: str) -> str:
        """The state of one entity; ``missing`` when there is none."""
        return str(self.states().get(entity_id, {}).get("state", "missing"))

    def wait_for_state(
        self, entity_id: str, condition: Callable[[dict[str, Any]], object], seconds: float = 20.0
    ) -> Any:
        """The state, with attributes, as soon as it fulfils a condition."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [state] if (state := self.states().get(entity_id)) is not None and condition(state) else []
            return bool(found)

        try:
            wait_until(look, f"a certain state of {entity_id}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}, which is {self.states().get(entity_id, 'missing')}") from None
        return found[0]

    def devices(self) -> dict[str, dict[str, Any]]:
        """All devices, by the name that a person sees."""
        return {(it["name_by_user"] or it["name"]): it for it in self.ws("config/device_registry/list")}

    def wait_for_device(self, name: str, seconds: float = 20.0) -> dict[str, Any]:
        wait_until(lambda: name in self.devices(), f"the device {name}", seconds)
        return self.devices()[name]

    def entities(self, device_id: str | None = None) -> dict[str, dict[str, Any]]:
        """The registry's entries by entity id, of all devices or of one."""
        return {
            entry["entity_id"]: entry
            for entry in self.ws("config/entity_registry/list")
            if device_id is None or entry["device_id"] == device_id
        }

    def call(
        self, action: str, /, *, response: bool = False, target: Mapping[str, Any] | None = None, **data: Any
    ) -> Any:
        """Perform an action such as ``readers.beep``; its response if asked for.

        Raises:
            HomeAssistantError: the action failed; the text is what a person is shown.
        """
        domain, _, service = action.partition(".")
        result = self.ws(
            "call_service", domain=domain, service=service, service_data=data, target=dict(target or {}),
            return_response=response,
        )  # fmt: skip
        return result.get("response") if response else None

    def automate(self, automation: str, config: Mapping[str, Any]) -> None:
        """Make an automation as the editor does, and wait until it waits for its triggers."""
        self.rest("POST", f"/api/config/automation/config/{automation}", config)
        self.wait_for(lambda: self._automation(automation), f"the automation {automation}")

    def forget_automation(self, automation: str) -> None:
        self.rest("DELETE", f"/api/config/automation/config/{automation}")
        self.wait_for(lambda: not self._automation(automation), f"the automation {automation} to be gone")

    def _automation(self, automation: str) -> list[str]:
        states = self.states("automation").items()
        return [name for name, one in states if one["attributes"].get("id") == automation and one["state"] == "on"]

    def wait_for(self, look: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
        """What ``look`` finds, as soon as it finds something."""
        found: list[Any] = []

        def try_it() -> bool:
            found[:] = [one] if (one := look()) else []
            return bool(found)

        wait_until(try_it, what, seconds)
        return found[0]

    def entries(self, domain: str) -> list[dict[str, Any]]:
        """The configuration entries of an integration."""
        entries: list[dict[str, Any]] = self.ws("config_entries/get", domain=domain)
        return entries

    def discovered(self, domain: str) -> list[dict[str, Any]]:
        """Flows that wait for a person because something was discovered."""
        return [flow for flow in self.ws("config_entries/flow/progress") if flow["handler"] == domain]

    def set_up(self, domain: str, **answers: Any) -> dict[str, Any]:
        """Add an integration by its flow, as the frontend does; the flow's result, an entry or the reason of an abort."""
        return self.answer_flow(self.rest("POST", "/api/config/config_entries/flow", {"handler": domain}), **answers)

    def confirm(self, domain: str, **answers: Any) -> dict[str, Any]:
        """Confirm the first discovered flow of an integration."""
        wait_until(lambda: self.discovered(domain), f"{domain} to be discovered", 20)
        flow = self.discovered(domain)[0]["flow_id"]
        return self.answer_flow(self.rest("GET", f"/api/config/config_entries/flow/{flow}"), **answers)

    def answer_flow(self, step: dict[str, Any], **answers: Any) -> dict[str, Any]:
        while step["type"] in {"form", "menu"}:
            if step.get("errors"):
                raise HomeAssistantError(f"{step['handler']}, step {step['step_id']}: {step['errors']}")
            if step["type"] == "menu":
                body: dict[str, Any] = {"next_step_id": answers.get("menu", next(iter(step["menu_options"])))}
            else:
                body = _filled(step.get("data_schema") or [], answers)
            step = self.rest("POST", f"/api/config/config_entries/flow/{step['flow_id']}", body)
        return step

    def set_up_mqtt(self, port: int) -> dict[str, Any]:
        """Add MQTT with a broker on this machine."""
        return self.set_up("mqtt", broker="127.0.0.1", port=port, set_client_cert=False, set_ca_cert="off")

    def problems(self) -> list[str]:
        """The lines of the log that tell of errors."""
        harmless = ("ffmpeg", "libturbojpeg", "TurboJPEG")
        return [
            line for line in self.log.splitlines() if " ERROR " in line and not any(word in line for word in harmless)
        ]


def _filled(schema: list[dict[str, Any]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers to a form: those given, else the defaults of required fields, also within sections."""
    body: dict[str, Any] = {}
    for field_ in schema:
        name = field_["name"]
        if field_.get("type") == "expandable":
            body[name] = _filled(field_["schema"], answers)
        elif name in answers:
            body[name] = answers[name]
        elif field_.get("required") and "default" in field_:
            body[name] = field_["default"]
    return body
