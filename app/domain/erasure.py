"""What is left where a person's words were, and on what ground they were erased."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

ERASED: Final = "[erased]"
"""What people read in place of a text or a name that was erased."""


class Ground(StrEnum):
    """Why somebody's personal data was erased (GDPR Article 17(1)); the audit log says it of each erasure."""

    #: They asked for it themselves, with their password.
    OWN_REQUEST = "own_request"
    #: Whoever runs the service did it for them, at the command line.
    OPERATOR = "operator"
    #: It had been done before, and a backup that was restored had brought them back.
    RESTORED = "restored"


class Erasable(StrEnum):
    """Whose data is erased: an account with every membership, or one membership."""

    ACCOUNT = "account"
    MEMBERSHIP = "membership"
