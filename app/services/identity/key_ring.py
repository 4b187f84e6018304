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
#: Tokens that name unknown keys cause at most one reading in this many seconds, however many they are.
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

    def find(self, kid: str) -> ec.EllipticCurvePublicKey | None:
        """Return the key, or None when no verifying key has that name.

        :raises sqlalchemy.exc.SQLAlchemyError: when the database has to be asked and does not answer.
        """
        if self._monotonic() - self._read_at >= SECONDS_HELD:
            self._read(SECONDS_HELD)
        key = self._keys.get(kid)
        if key is None and self._monotonic() - self._read_at >= SECONDS_BETWEEN_READINGS:
            self._read(SECONDS_BETWEEN_READINGS)
            key = self._keys.get(kid)
        return key

    def _read(self, at_least_old: float) -> None:
        with self._reading:
            if self._monotonic() - self._read_at < at_least_old:
                return  # another thread has read while this one waited
            # Noted before the reading: a key committed during it counts as not yet seen.
            self._read_at, before = self._monotonic(), self._read_at
            try:
                with self._units.read() as session:
                    self._keys = {key.kid: load_public(key) for key in verifying_keys(session)}
            except BaseException:
                self._read_at = before
                raise
