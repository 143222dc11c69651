"""The manufacturer's package builds the commands and parses the answers of a simulated reader."""

from __future__ import annotations

from typing import Any

from baltech_sdk._internal import commands as sdk_internal
from baltech_sdk._public import commands as sdk

from readers_bridge.families.baltech.simulator import Settings
from tests.bridge.baltech.simulator.host import Host, connected, frame


async def said(host: Host, name: str, **values: Any) -> Any:
    command = getattr(sdk, name, None) or getattr(sdk_internal, name)
    made = command(None).build_frame(**values)
    code = int.from_bytes(made[1:3], "big")
    answer = bytes.fromhex(await host.ask(frame(code, made[7:])))
    assert answer[0] == 0x0C
    return command.parse_response(answer[5:], made[7:])


async def test_what_the_reader_tells() -> None:
    settings = Settings(boot_status=0x2000_0000)
    async with connected(settings) as (_, host):
        assert await said(host, "Sys_GetInfo") == "1100 IDE Z     1.14.00 12/18/19 43893126"
        sizes = await said(host, "Sys_GetBufferSize")
        assert tuple(sizes) == settings.buffer
        features = await said(host, "Sys_GetFeatures")
        assert len(features.FeatureList) == len(settings.features or ())
        number = await said(host, "Sys_GetPartNumber")
        assert tuple(number) == settings.part_number
        assert tuple(await said(host, "Sys_CfgGetId")) == settings.config_id
        assert (await said(host, "Sys_GetBootStatus")).FactorySettings


async def test_configuration() -> None:
    async with connected() as (_, host):
        await said(host, "Sys_CfgSetValue", Key=0x0501, Value=0x44, Content=b"\x04")
        assert await said(host, "Sys_CfgGetValue", Key=0x0501, Value=0x44) == b"\x04"
        assert await said(host, "Sys_CfgGetKeyList") == [0x0501]
        assert await said(host, "Sys_CfgGetValueList", Key=0x0501) == [0x44]
        await said(host, "Sys_CfgDelValues", Key=0x0501, Value=0x44)


async def test_autoread_and_ports() -> None:
    async with connected() as (reader, host):
        reader.present("0123456789")
        message = await said(host, "AR_GetMessage")
        assert (message.MsgType, message.MsgData) == ("Card", b"0123456789")
        await said(host, "AR_SetMode", Mode="Enabled")
        await said(host, "UI_Enable", Port="Relay")
        await said(host, "UI_Toggle", Port="Beeper", ToggleCount=2, Timespan1=100, Timespan2=100, Polarity="Normal")
        assert reader.machine.ports == {3: True, 2: True}
        assert await said(host, "UI_Sense", Port="Input0") == "Enabled"
        rights = await said(host, "Sec_GetCurAcMask")
        assert rights.AutoreadAccess
