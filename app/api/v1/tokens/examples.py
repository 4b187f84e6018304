"""Examples for the documentation."""

from __future__ import annotations

from typing import Any

ISSUING: dict[str, Any] = {
    "to": "0197c2a4-5b1e-7c9d-8f00-2f4be1a3c001",
    "amount": 2500,
    "reason": "Welcome, founding members",
}

TRANSFERRING: dict[str, Any] = {
    "to": "0197c2a4-5b1e-7c9d-8f00-2f4be1a3c002",
    "amount": 100,
    "reason": "Thanks",
}

TREASURY_TRANSFERRING: dict[str, Any] = {
    "from": "prizes",
    "to": "0197c2a4-5b1e-7c9d-8f00-2f4be1a3c002",
    "amount": 50,
}

BURNING: dict[str, Any] = {
    "from": "LOYAL-004711",
    "amount": 300,
    "reason": "Points of the old programme that expired on 31 December",
}

OWN_BURNING: dict[str, Any] = {"amount": 10}

VESTING: dict[str, Any] = {
    "from": "treasury",
    "to": "0197c2a4-5b1e-7c9d-8f00-2f4be1a3c001",
    "amount": 48_000,
    "starts_at": "2027-01-01T00:00:00Z",
    "duration": "P1461D",
    "cliff": "P365D",
    "reason": "For the designer of the mint label",
}

LOCKING: dict[str, Any] = {"amount": 1000, "until": "2027-06-30T12:00:00Z"}

TREASURY: dict[str, Any] = {"name": "treasury"}

ASSIGNMENT: dict[str, Any] = {"membership_id": "0197c2a4-5b1e-7c9d-8f00-2f4be1a3c001"}
