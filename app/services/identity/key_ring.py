"""The verifying keys one process holds in memory, and when it looks into the database for others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec

from app.db.units import Units
from app.services.identity.signing_keys import load_public, verifying_keys

#: A retired key stops verifying in every process within this many seconds.
SECONDS_HELD = 60.0
#: Tokens that name unknown keys cause so many readings at once, and then one in so many seconds, however many
#: they are: enough for every honest rotation, and no load worth causing.
READINGS_AT_ONCE = 5
SECONDS_BETWEEN_READINGS = 1.0


class KeyRing:
    """Finds public keys by kid.

    Keys are published minutes before they sign, and the ring is read anew each minute, so an honest token's
    key is nearly always held. After a rotation at once it is not: then one reading finds it.

    :param monotonic: seconds on a clock that never goes back.
    """

    def __init__(self, units: Units, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._units = units
        self._monotonic = monotonic
        self._reading = threading.Lock()
        self._keys: Mapping[str, ec.EllipticCurvePublicKey] = {}
        self._read_at = float("-inf")
        self._credit = 0.0

    def find(self, kid: str) -> ec.EllipticCurvePublicKey | None:
        """Return the key, or None when no verifying key has that name.

        :raises sqlalchemy.exc.SQLAlchemyError: when the database has to be asked and does not answer.
        """
        asked = self._monotonic()
        key = self._keys.get(kid)
        if key is not None and asked - self._read_at < SECONDS_HELD:
            return key
        self._read(kid, asked)
        return self._keys.get(kid)

    def _read(self, kid: str, asked: float) -> None:
        with self._reading:
            begun = self._monotonic()
            # Another thread may have read meanwhile. What it began after this one asked saw all there was.
            if begun - self._read_at < SECONDS_HELD and (kid in self._keys or self._read_at >= asked):
                return
            earned = (begun - self._read_at) / SECONDS_BETWEEN_READINGS
            credit = min(READINGS_AT_ONCE, self._credit + earned)
            if credit < 1:
                return
            with self._units.read() as session:
                self._keys = {key.kid: load_public(key) for key in verifying_keys(session)}
            self._credit, self._read_at = credit - 1, begun
