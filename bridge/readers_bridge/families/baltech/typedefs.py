"""The manufacturer's enumerations: ports, protocols, messages, card families, features, boot status.

Sources: baltech-sdk 5.2026.10, ``typedefs`` and ``commands``; docs.baltech.de, the pages of AR, UI and Sys commands.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class IoPort(IntEnum):
    """A port, numbered alike in UI commands and in scripts; every other number is undefined."""

    GreenLed = 0x00
    RedLed = 0x01
    Beeper = 0x02
    Relay = 0x03
    Input0 = 0x04
    Input1 = 0x05
    BlueLed = 0x06
    TamperAlarm = 0x07
    Gpio0 = 0x08
    Gpio1 = 0x09
    Gpio2 = 0x0A
    Gpio3 = 0x0B
    Gpio4 = 0x0C
    Gpio5 = 0x0D
    Gpio6 = 0x0E
    Gpio7 = 0x0F
    CustomVled0 = 0x40
    CustomVled1 = 0x41
    CustomVled2 = 0x42
    CustomVled3 = 0x43
    CustomVled4 = 0x44
    CustomVled5 = 0x45
    CustomVled6 = 0x46
    CustomVled7 = 0x47
    CustomVled8 = 0x48
    CustomVled9 = 0x49
    CustomVled10 = 0x4A
    CustomVled11 = 0x4B
    CustomVled12 = 0x4C
    CustomVled13 = 0x4D
    CustomVled14 = 0x4E
    CustomVled15 = 0x4F


INPUTS = frozenset({IoPort.Input0, IoPort.Input1, IoPort.TamperAlarm})
"""Ports that can only be read."""

GPIOS = frozenset(port for port in IoPort if port.name.startswith("Gpio"))
"""Ports that can be read and switched."""

OUTPUTS = tuple(port for port in IoPort if port not in INPUTS)
"""Ports that can be switched."""


class ProtocolID(IntEnum):
    """A protocol of the reader; ``All`` exists for messages only."""

    All = 0x00
    BrpSerial = 0x03
    BrpRs485 = 0x04
    BrpHid = 0x05
    DebugInterface = 0x09
    Snet = 0x10
    Bpa9 = 0x11
    Wiegand = 0x20
    Omron = 0x21
    ClkData = 0x22
    RawSerial = 0x23
    LowLevelIoPorts = 0x24
    HttpsClient = 0x28
    Papercut = 0x29
    KeyboardEmulation = 0x2B
    LBus = 0x32
    Ccid = 0x36
    RawSerial2 = 0x37
    Osdp = 0x38
    BleHci = 0x3B
    BrpTcp = 0x86


class MessageType(IntEnum):
    """What an Autoread message tells (AR.GetMessage) or a script sends (SendMsg)."""

    Card = 0
    AlarmOn = 1
    AlarmOff = 2
    Keyboard = 3
    CardRemoval = 4
    FunctionKey = 5
    Logs = 6


class AutoReadMode(IntEnum):
    """AR.SetMode."""

    Disabled = 0x00
    Enabled = 0x01
    EnableOnce = 0x02
    EnableIfDefinedRules = 0xFF


class CardFamilies(IntFlag):
    """AR.RestrictScanCardFamilies."""

    Iso14443A = 1 << 0
    Iso15693 = 1 << 2
    Iso14443B = 1 << 3
    IClassIso14B = 1 << 4
    IClass = 1 << 5
    Felica = 1 << 6
    Khz125Part1 = 1 << 7
    Srix = 1 << 8
    Khz125Part2 = 1 << 9
    BluetoothMce = 1 << 10
    LEGICPrime = 1 << 11


class FeatureID(IntEnum):
    """Sys.GetFeatures: those that tell what to offer."""

    GreenLed = 1
    RedLed = 2
    Beeper = 3
    Relay = 4
    BlueLed = 59
    Tamper = 63
    AesHostProtocolEncryption = 69
    PkiHostProtocolEncryption = 70
    RgbLed = 81
    RgbLedLimited = 82


class BootStatus(IntFlag):
    """Sys.GetBootStatus: bits 0 to 23 are errors, the others warnings."""

    IncompleteFirmware = 1 << 0
    CorruptFirmware = 1 << 1
    Configuration = 1 << 2
    Dataflash = 1 << 4
    RTC = 1 << 5
    HWoptions = 1 << 7
    Rf13MHzLegacy = 1 << 8
    Rf13MHzLegic = 1 << 9
    Rf13MHz = 1 << 10
    Rf125kHz = 1 << 12
    ExtendedLED = 1 << 14
    Ethernet = 1 << 15
    ConfCardPresented = 1 << 16
    Display = 1 << 17
    FirmwareVersionBlockedLegacy = 1 << 18
    Keyboard = 1 << 19
    BatteryManagement = 1 << 20
    Tamper = 1 << 21
    WiFi = 1 << 22
    Bluetooth = 1 << 23
    FirmwareVersionBlocked = 1 << 27
    ConfigurationInconsistent = 1 << 28
    FactorySettings = 1 << 29
    UnexpectedRebootsLegacy = 1 << 30
    NewerReaderChipFirmware = 1 << 31


BOOT_ERRORS = 0x00FF_FFFF
"""The bits of the boot status that also set CriticalBootStatus in every response."""


class AccessConditions(IntFlag):
    """Sec.GetCurAcMask: what a host may do at its security level."""

    FactoryReset = 1 << 0
    SetKey1 = 1 << 1
    SetKey2 = 1 << 2
    SetKey3 = 1 << 3
    SetAccessConditionMask0 = 1 << 4
    SetAccessConditionMask1 = 1 << 5
    SetAccessConditionMask2 = 1 << 6
    SysReset = 1 << 7
    ConfigRead = 1 << 8
    ConfigWrite = 1 << 9
    ConfigReset = 1 << 10
    IoPortRead = 1 << 11
    IoPortWrite = 1 << 12
    GuiAccess = 1 << 13
    HfLowlevel = 1 << 14
    ExtSam = 1 << 15
    VhlSelect = 1 << 16
    VhlRead = 1 << 17
    VhlWrite = 1 << 18
    VhlFormat = 1 << 19
    VhlExchangeApdu = 1 << 20
    RtcWrite = 1 << 21
    FlashFsRead = 1 << 22
    FlashFsWrite = 1 << 23
    Extended = 1 << 24
    Bf2Upload = 1 << 25
    Crypto = 1 << 26
    AutoreadAccess = 1 << 27
    HostToHost = 1 << 28
