"""Those who want to be told of something."""

import logging
from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback

_LOGGER = logging.getLogger(__name__)


class Listeners[**P]:
    """Functions that are called in the order in which they came. One that fails keeps no other from being called."""

    def __init__(self) -> None:
        self._functions: dict[object, Callable[P, None]] = {}

    def __len__(self) -> int:
        return len(self._functions)

    @callback
    def add(self, function: Callable[P, None]) -> CALLBACK_TYPE:
        """Call this one, too; what is given back ends that."""
        key = object()
        self._functions[key] = function

        @callback
        def remove() -> None:
            self._functions.pop(key, None)

        return remove

    @callback
    def call(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call all of them."""
        for function in list(self._functions.values()):
            try:
                function(*args, **kwargs)
            except Exception:
                _LOGGER.exception("A listener failed; please report this")
