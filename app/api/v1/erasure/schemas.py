"""What clients send to have somebody erased."""

from __future__ import annotations

from app.http.fields import Strict, String
from app.services.identity.passwords import LONGEST


class ErasureRequest(Strict):
    """The account's password as proof: an erasure cannot be undone, and an access token can be stolen."""

    password = String(min_length=1, max_length=LONGEST, required=True)
