"""What a set-up entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .claim import Ownership
from .link import BridgeLink
from .replay import Replay

type ReadersConfigEntry = ConfigEntry[ReadersData]


@dataclass(frozen=True, slots=True)
class ReadersData:
    """The parts of an entry."""

    link: BridgeLink
    ownership: Ownership
    replay: Replay
