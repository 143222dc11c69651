"""TLS to the broker: its settings, and what to do when it fails."""

from __future__ import annotations

import ssl

from readers_bridge.config import TlsConfig
from readers_bridge.errors import BrokerError, BrokerRefusedError, ConfigError


def tls_context(config: TlsConfig) -> ssl.SSLContext:
    """The TLS settings for the broker.

    Raises:
        ConfigError: a certificate or key cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca)
        context.check_hostname = config.verify_hostname
        if config.certificate is not None:
            context.load_cert_chain(config.certificate, config.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the TLS files for the broker cannot be used ({error}); check mqtt.tls") from error
    return context


def tls_refusal(broker: str, error: ssl.SSLError) -> BrokerError:
    """Why TLS failed. ``broker``: host and port."""
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = f"its certificate is not accepted ({error.verify_message}); check mqtt.tls.ca and mqtt.host"
    else:
        hint = (
            f"TLS failed ({error.reason or error}); check mqtt.port, and mqtt.tls.certificate and key if it wants them"
        )
    return BrokerRefusedError(f"no connection to the broker at {broker}: {hint}", code="tls")
