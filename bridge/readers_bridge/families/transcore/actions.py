"""What the bridge's commands come to: commands of the reader, most of them in command mode, in which no tag is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from readers_bridge.errors import CommandError, JournalError
from readers_bridge.families import Host
from readers_bridge.families.transcore import replies
from readers_bridge.families.transcore.clock_offset import ClockOffset
from readers_bridge.families.transcore.command_mode import CommandMode
from readers_bridge.families.transcore.command_table import CommandClass, admit, classify
from readers_bridge.families.transcore.options import Options
from readers_bridge.families.transcore.replies import Version
from readers_bridge.families.transcore.status_query import QUERIES, fields, outputs, state
from readers_bridge.families.transcore.talk import RESET, TRIES, NoAnswerError, Talk
from readers_bridge.families.transcore.typedefs import Profile
from readers_bridge.model import Command, JsonObject, Outcome, State, Status

REFUSED = "Error"
SHOW_CLOCK = "22"
IO_STATUS = "526"

_SIMPLE = {
    "reset_uniqueness": "440",
    "clear_power_fail": "65",
    "predefined_outputs": "621",
    "rf_by_presence": "641",
}


class Actions:
    """Executes commands on one connection."""

    def __init__(
        self,
        talk: Talk,
        mode: CommandMode,
        host: Host,
        options: Options,
        clock: ClockOffset,
        learned: Callable[[Version], None],
    ) -> None:
        """``learned`` takes what the reader says of itself."""
        self._talk = talk
        self._mode = mode
        self._host = host
        self._options = options
        self._clock = clock
        self._learned = learned

    async def execute(self, command: Command) -> Outcome:
        """Execute a command.

        Raises:
            CommandError: the reader said no, or did not answer, or the command is not allowed.
            TransportError: nothing was sent.
        """
        try:
            data = await self._execute(command)
        except JournalError as error:
            raise CommandError(
                f"the journal cannot be written: {error}; the command was not sent",
                status=Status.FAILED,
                code="journal",
            ) from error
        return Outcome(Status.DONE, data)

    async def _execute(self, command: Command) -> JsonObject:
        args = command.args
        match command.name:
            case "query_status":
                return await self.query_status()
            case "set_rf":
                await self._one(f"640{args['on']:d}")
                self._host.emit([State({"rf_on": args["on"], "rf_control": "host"})])
                return {"on": args["on"]}
            case "check_tag":
                await self._one(f"811{args['port']}")
                return {"port": args["port"]}
            case "set_output":
                return await self._set_output(args["output"], on=args["on"])
            case "set_reader_id":
                await self._one(f"60{args['id']}")
                self._host.emit([State({"reader_id": args["id"]})])
                return {"id": args["id"]}
            case "set_clock":
                return await self._set_clock(args.get("time"))
            case "reset":
                return await self._reset()
            case "send_command":
                return await self._send_command(args["command"].upper(), confirmed=args.get("confirm") is True)
            case name if name in _SIMPLE:
                await self._one(_SIMPLE[name])
                if name in _AFTERWARDS:
                    self._host.emit([State(_AFTERWARDS[name])])
                return {}
        raise CommandError(
            f"a TransCore reader has no command {command.name}", status=Status.INVALID, code="unknown_command"
        )

    async def _one(self, body: str) -> str:
        """One command, in data mode where the reader takes it there, else in command mode; its answer."""
        info = classify(body)
        if info is not None and info.data_mode and self._options.profile is Profile.MPRX and self._talk.ready:
            async with self._mode.in_data_mode(self._talk):
                answer = await self._ask(body)
            if answer != REFUSED:
                return answer

        async def work() -> str:
            return await self._demand(body)

        return await self._mode.run(self._talk, work)

    async def _ask(self, body: str) -> str:
        info = classify(body)
        harmless = info is not None and info.command_class is CommandClass.READ_ONLY
        try:
            return await self._talk.ask(body, tries=TRIES if harmless else 1)
        except NoAnswerError as error:
            status = Status.NO_ANSWER if harmless else Status.UNKNOWN
            raise CommandError(str(error), status=status, code="no_answer") from error

    async def _demand(self, body: str) -> str:
        answer = await self._ask(body)
        if answer == REFUSED:
            raise refused(body)
        return answer

    # -- commands of several steps

    async def query_status(self) -> JsonObject:
        """Everything that the reader tells, by name; what it refuses to tell is left out.

        Raises:
            CommandError: it does not answer.
        """
        queries = QUERIES[self._options.profile]

        async def work() -> JsonObject:
            found: JsonObject = {}
            for body in queries:
                answer = await self._ask(body)
                found |= fields(body, answer)
                self._learn(body, answer)
            return found

        told = await self._mode.run(self._talk, work)
        self._host.emit([State(state(told) | self._offset())])
        if self._clock.seconds is not None and "clock" in told:
            told["clock_offset"] = self._clock.from_local(self._host.clock.wall())
        return told

    def _learn(self, body: str, answer: str) -> None:
        if body in {"505", RESET} and (version := replies.version(answer)) is not None:
            self._learned(version)
        if body == SHOW_CLOCK and (device := replies.clock(answer)) is not None:
            self._clock.measured(device, self._host.clock.wall())

    def _offset(self) -> JsonObject:
        offset = self._clock.from_local(self._host.clock.wall())
        return {} if offset is None else {"clock_offset": offset}

    async def _set_output(self, output: int, *, on: bool) -> JsonObject:
        """620N sets both outputs, so the other one is looked at before."""

        async def work() -> int:
            status = replies.io_status(await self._demand(IO_STATUS))
            if status is None or status.outputs is None:
                raise CommandError(
                    "the reader does not tell the state of its outputs, and both can only be set together; nothing was switched",
                    status=Status.FAILED,
                    code="not_understood",
                )
            bits = status.outputs | 1 << output if on else status.outputs & ~(1 << output)
            await self._demand(f"620{bits}")
            return bits

        values = outputs(await self._mode.run(self._talk, work))
        self._host.emit([State(values)])
        return {"output": output, "on": on, **values}

    async def _set_clock(self, time: str | None) -> JsonObject:
        wanted = None if time is None else _parsed(time)

        async def work() -> datetime:
            device = wanted or self._local_time()
            if await self._ask(f"20{device:%H:%M:%S}") == REFUSED:
                raise CommandError(
                    "setting the clock is not supported by this reader (it answered Error to 20)",
                    status=Status.FAILED,
                    code="not_supported",
                )
            self._clock.forget()
            await self._demand(f"21{device:%m/%d/%y}")
            self._learn(SHOW_CLOCK, await self._ask(SHOW_CLOCK))
            return device

        device = await self._mode.run(self._talk, work)
        self._host.emit([State(self._offset())])
        return {"time": device.isoformat(timespec="seconds"), **self._offset()}

    def _local_time(self) -> datetime:
        nearest = round(self._host.clock.wall())  # the reader takes whole seconds
        return datetime.fromtimestamp(nearest, UTC).astimezone().replace(tzinfo=None)

    async def _reset(self) -> JsonObject:
        async def work() -> str:
            answer = await self._demand(RESET)
            self._mode.restarted()
            return answer

        answer = await self._mode.run(self._talk, work)
        self._learn(RESET, answer)
        return {"answer": answer}

    async def _send_command(self, body: str, *, confirmed: bool) -> JsonObject:
        info = admit(
            body,
            self._options.profile,
            configuration=self._options.allow_configuration,
            confirmed=confirmed,
        )
        if info.code == RESET:
            return {"command": body, **await self._reset()}
        answer = await self._one(body)
        if answer == REFUSED:
            raise refused(body)
        self._learn(body, answer)
        told = fields(body, answer)
        if values := state(told):
            self._host.emit([State(values)])
        return {"command": body, "answer": answer, **told}


_AFTERWARDS: dict[str, JsonObject] = {
    "clear_power_fail": {"power_fail": False},
    "rf_by_presence": {"rf_control": "presence"},
}


def refused(body: str) -> CommandError:
    """What a command comes to when the reader answers ``Error``."""
    info = classify(body)
    name = "" if info is None else f" ({info.name})"
    return CommandError(
        f"the reader answered Error to {body}{name}: it does not know the command, does not take this argument, or cannot do it "
        "in its present settings",
        status=Status.FAILED,
        code="reader_error",
    )


def _parsed(text: str) -> datetime:
    try:
        device = datetime.fromisoformat(text)
    except ValueError:
        device = None
    if device is None or device.tzinfo is not None or not 1969 <= device.year <= 2068:
        raise CommandError(
            f"time: expected the reader's time and date without a zone, as 2026-03-01T12:00:00, not {text}",
            status=Status.INVALID,
            code="invalid_value",
            path="time",
        )
    return device
