"""The commands of the readers: what each is, what answers it, and which may be sent by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import CommandError
from readers_bridge.families.transcore.command_table import (
    COMMANDS,
    LONGEST_COMMAND,
    Care,
    CommandClass,
    CommandInfo,
    admit,
    answers,
    classify,
)
from readers_bridge.families.transcore.typedefs import Profile
from readers_bridge.model import Status

READ_ONLY = (
    """22 505 510 511 512 520 521 522 524 525 526 527 528 529 530 531 532 533 537 540 543 549 552 560 570 577 582"""
)
ACTION = """00 01 2000:00:00 2023:59:59 2101/01/00 2112/31/99 440 6200 6201 6202 6203 621 63 6400 6401 65 8110 8111 8112 8113"""
CONFIGURATION = """300 302 310 311 40 4100 4101 4102 4103 4200 4201 4202 4203 441 442 443 450 451 452 453 492 493 494 495 4601
    46ff 486 487 6000 60FF 60ab 610 611 613 61201 612FE 612ff 6140 6141 6142 6170 6171 641 670 67F 67a 6900 6901 6920 6921 6922
    6930 693F 6940 6941 8150 81500 820 821 822 823 830 831 837 871"""
NEVER = """1005 1010 1020 100 6402 64210 6470D2 647XXX 64300 6451F 64400 64600 64800 6490A 66F 66f 66 695ABCDEF
    696Amtech 6970A4"""
UNKNOWN = """0 1 5 10 50 02 000 011 20 2024:00:00 2012:60:00 2012:00 21 2113/01/26 2100/01/26 2101/32/26 220 30 301 303 400
    4 410 4104 42 4204 44 444 4400 46 460 46000 488 490 500 5050 506 523 999 60 600 6000F 600G 61 6100 612 61200
    6120 614 6143 617 6172 62 620 6204 622 6210 630 64 640 6403x 64000 6410 650 67 67G 6700 69 690 6902 6923 693
    693G 6942 698 811 8114 81100 815 8151 82 824 832 870"""
NO_COMMAND_AT_ALL = [
    "",
    "505\r",
    "505\n",
    "505 ",
    " 505",
    "#505",
    "\uff15\uff10\uff15",
    "5\u0660\u0665",
    "4\u0665",
    "9" * 100,
]


@pytest.mark.parametrize(
    ("command_class", "body"),
    [
        (command_class, body)
        for command_class, bodies in zip("RACX", (READ_ONLY, ACTION, CONFIGURATION, NEVER), strict=True)
        for body in bodies.split()
    ],
)
def test_every_documented_command_has_its_class(command_class: str, body: str) -> None:
    info = classify(body)
    assert info is not None
    assert info.command_class == command_class
    assert body.startswith(info.code)


@pytest.mark.parametrize("body", [*UNKNOWN.split(), *NO_COMMAND_AT_ALL])
def test_other_texts_are_no_commands(body: str) -> None:
    assert classify(body) is None
    with pytest.raises(CommandError) as refused:
        admit(body, Profile.MPRX, configuration=True, confirmed=True)
    assert (refused.value.status, refused.value.code) == (Status.INVALID, "unknown_reader_command")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("6402", "6402"),
        ("6400", "640"),
        ("641", "641"),
        ("6000", "60"),
        ("610", "610"),
        ("621", "621"),
        ("6201", "620"),
        ("63", "63"),
        ("66F", "66"),
        ("40", "40"),
        ("440", "440"),
        ("2012:34:56", "20"),
        ("300", "300"),
    ],
)
def test_the_longest_code_wins(body: str, code: str) -> None:
    info = classify(body)
    assert info is not None
    assert info.code == code


def test_which_commands_need_more_than_their_class_says() -> None:
    assert {info.code: info.care for info in COMMANDS if info.care} == {
        "00": Care.SESSION,
        "01": Care.SESSION,
        "610": Care.PROTOCOL,
        "611": Care.PROTOCOL,
        "613": Care.PROTOCOL,
        "63": Care.CONFIRM,
    }
    assert {info.code for info in COMMANDS if info.data_mode} == {"01", "440", "811", "815"}


def test_which_commands_only_some_readers_have() -> None:
    only = {profile: {info.code for info in COMMANDS if info.profiles == {profile}} for profile in Profile}
    assert only[Profile.MPRX] == {"552", "811", "815", "837"}
    assert {"526", "620", "621", "451", "831", "82"} <= only[Profile.ENCOMPASS]


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("body", NEVER.split())
def test_nothing_dangerous_is_ever_sent(body: str, profile: Profile) -> None:
    with pytest.raises(CommandError) as refused:
        admit(body, profile, configuration=True, confirmed=True)
    assert (refused.value.status, refused.value.code) == (Status.REFUSED, "never_sent")


@pytest.mark.parametrize("body", ["00", "01"])
def test_command_mode_is_not_opened_or_closed_by_hand(body: str) -> None:
    with pytest.raises(CommandError) as refused:
        admit(body, Profile.MPRX, configuration=True, confirmed=True)
    assert refused.value.code == "command_mode"


@pytest.mark.parametrize("body", ["610", "611", "613"])
def test_the_protocol_is_not_switched_by_hand(body: str) -> None:
    with pytest.raises(CommandError) as refused:
        admit(body, Profile.MPRX, configuration=True, confirmed=True)
    assert refused.value.code == "switches_protocol"


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("body", READ_ONLY.split())
def test_reading_is_always_allowed(body: str, profile: Profile) -> None:
    assert admit(body, profile, configuration=False, confirmed=False).command_class is CommandClass.READ_ONLY


@pytest.mark.parametrize("body", ["440", "65", "6400", "6401", "8112", "2012:34:56"])
def test_an_action_is_allowed(body: str) -> None:
    assert admit(body, Profile.MPRX, configuration=False, confirmed=False).command_class is CommandClass.ACTION


@pytest.mark.parametrize("body", ["311", "6171", "612FE", "6005"])
def test_a_change_of_configuration_has_to_be_allowed(body: str) -> None:
    with pytest.raises(CommandError) as refused:
        admit(body, Profile.MPRX, configuration=False, confirmed=True)
    assert refused.value.code == "configuration_locked"
    assert admit(body, Profile.MPRX, configuration=True, confirmed=False).command_class is CommandClass.CONFIGURATION


def test_a_reset_has_to_be_confirmed() -> None:
    with pytest.raises(CommandError) as refused:
        admit("63", Profile.MPRX, configuration=True, confirmed=False)
    assert refused.value.code == "not_confirmed"
    assert admit("63", Profile.MPRX, configuration=False, confirmed=True).name == "reset reader"


@pytest.mark.parametrize(
    ("body", "profile"), [("6201", Profile.MPRX), ("831", Profile.MPRX), ("8110", Profile.ENCOMPASS)]
)
def test_what_only_other_readers_have_is_refused(body: str, profile: Profile) -> None:
    with pytest.raises(CommandError) as refused:
        admit(body, profile, configuration=True, confirmed=True)
    assert refused.value.code == "not_in_profile"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("00", "Done"),
        ("01", "Done"),
        ("2012:34:56", "Done"),
        ("6401", "Done"),
        ("22", "13:20:42.05 04/22/91"),
        ("505", "Model E4 Series Ver 1.12 SN081234"),
        ("63", "Model E4 Series Ver 1.12 SN081234"),
        ("510", "RF FPGA VER = 01.02"),
        ("511", "FIL IC I VER = 01.02"),
        ("520", "PWRB P1 R0"),
        ("520", "PWRB 1"),
        ("521", "RDID 0A"),
        ("522", "MAIN B5 S0 P0 D0"),
        ("524", "IDAP T1 D1 X0"),
        ("525", "ECPS P0 TFE X1 S0"),
        ("526", "IOST C1 O0 I3 D4"),
        ("526", "C1 O0 I3 D4"),
        ("527", "RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F"),
        ("529", "PRST P0 D0 A2 TF I0"),
        ("530", "RF0S U0 V0"),
        ("531", "26 bit"),
        ("532", "T0F 1"),
        ("533", "WTI 01"),
        ("537", "ECHO 1"),
        ("540", "PCKS I0000 E1A2B"),
        ("543", "BCKS 1A2B"),
        ("549", "A4 0A 0005014202024133"),
        ("552", "MUX 0 MPRX"),
        ("560", "SSTC E0 M0"),
        ("570", "ATA:E eGo:D SeGo:D IAG:D Sort:D TMM0"),
        ("577", "HDSH C0 00 C1 00 C2 00 C3 00"),
        ("577", "1F"),
        ("582", "SYNC T00 H00"),
    ],
)
def test_what_answers_a_command(body: str, content: str) -> None:
    assert answers(body, content.encode())
    assert answers(body, b"Error")
    for other in ("Error06", "KING 1302", "+SX&P ?;'AD        S", "Copyright 2008 TransCore"):
        assert not answers(body, other.encode()) or body == "531"


@pytest.mark.parametrize("body", READ_ONLY.split())
def test_done_answers_no_question(body: str) -> None:
    assert not answers(body, b"Done")


def test_the_answer_to_an_unknown_command() -> None:
    assert answers("999", b"Error")
    assert answers("999", b"Done")
    assert not answers("999", b"PWRB 0")


@given(st.text(st.characters(max_codepoint=0x7F), max_size=LONGEST_COMMAND + 2), st.binary(max_size=72))
def test_nothing_unforeseen_is_raised(body: str, content: bytes) -> None:
    info = classify(body)
    assert isinstance(answers(body, content), bool)
    try:
        admitted = admit(body, Profile.ENCOMPASS, configuration=True, confirmed=True)
    except CommandError:
        return
    assert admitted is info
    assert admitted.command_class is not CommandClass.NEVER


@given(st.sampled_from(COMMANDS), st.text("0123456789ABCDEFabcdef:/ ", max_size=8))
def test_no_argument_makes_a_dangerous_command_pass(info: CommandInfo, argument: str) -> None:
    body = info.code + argument
    if (
        body[:3] in {"100", "101", "102", *(f"64{digit}" for digit in "23456789"), "695", "696", "697"}
        or body[:2] == "66"
    ):
        with pytest.raises(CommandError):
            admit(body, Profile.ENCOMPASS, configuration=True, confirmed=True)
