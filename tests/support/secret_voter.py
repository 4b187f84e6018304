"""A voter's device in a secret ballot, which speaks to the application under test."""

from __future__ import annotations

import json
from typing import Any

from app.cli.demo.secret_device import Device as Apart
from tests.support.portal import Person


class Device(Apart):
    """One voter's device that makes its own calls."""

    def register(self, voter: Person) -> dict[str, Any]:
        """Have the voter, signed in, get the credential for this device."""
        message, r = self.blinded()
        given = voter.ok("POST", f"{self.place}/credentials", {"blinded_message": message.hex()})
        self.take(bytes.fromhex(given["blind_signature"]), r)
        return given

    def cast(self, visitor: Person, choice: Any, seq: int = 1) -> dict[str, Any]:
        """Cast a vote without saying who casts it, and return the receipt."""
        return visitor.ok("PUT", self.path, self.vote(choice, seq))


def device_for(person: Person, path: str) -> Device:
    """Return a device that has read a secret ballot's manifest, and has no credential yet."""
    return Device.of(json.loads(person.call("GET", f"{path}/manifest").data))


def registered(person: Person, path: str) -> Device:
    """Return a device with a credential of a voter's."""
    made = device_for(person, path)
    made.register(person)
    return made
