"""What is known of a printer beyond its configuration."""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.families.star.discovery_block import NetworkCard
from readers_bridge.families.star.management import StatusSetting
from readers_bridge.families.star.models import Model, model
from readers_bridge.families.star.options import Options
from readers_bridge.families.star.printing import Paper
from readers_bridge.families.star.typedefs import Emulation

_DOTS = {Emulation.STAR_DOT: 210, Emulation.ESC_POS: 512}
_USUAL_DOTS = 576
_DOTS_OF_A_CHARACTER = {Emulation.STAR_DOT: 5}
_USUAL_DOTS_OF_A_CHARACTER = 12


@dataclass(frozen=True, slots=True)
class About:
    """``card``: its discovery data; ``setting``: how it sends its status. None: it has not told yet."""

    card: NetworkCard | None = None
    setting: StatusSetting | None = None

    @property
    def model(self) -> Model | None:
        """What the table of models has for it, told by the device model or the short name."""
        if self.card is None:
            return None
        return model(self.card.model) or model(self.card.name)


def emulation(options: Options, about: About) -> Emulation | None:
    """The command set: the configured one, or that of the model; None: unknown."""
    if options.emulation is not None:
        return options.emulation
    return None if about.model is None else about.model.emulation


def paper(options: Options, about: About) -> Paper | None:
    """What is printed on; None: the command set is unknown."""
    spoken = emulation(options, about)
    if spoken is None:
        return None
    known = about.model
    dots = options.dots or (known.dots if known is not None else _DOTS.get(spoken, _USUAL_DOTS))
    columns = options.columns or dots // _DOTS_OF_A_CHARACTER.get(spoken, _USUAL_DOTS_OF_A_CHARACTER)
    return Paper(spoken, dots, columns, options.code_page, options.peripheral, options.replacement)
