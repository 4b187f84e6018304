"""Import of balances from CSV."""

from app.domain.ledger.importing.balances import Fault, FaultReason, ImportRules, Row, read_balances

__all__ = ["Fault", "FaultReason", "ImportRules", "Row", "read_balances"]
