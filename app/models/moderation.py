"""Cases about what people wrote: the reports, and the steps by which they were decided."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id

#: What no two cases about one thing are at once: waiting for a decision, or hiding it.
_ONE_AT_A_TIME = "state IN ('open', 'hidden', 'appealed', 'upheld')"


class ModerationCase(Base):
    """A case about one thing, from its first report to what became of it.

    ``state`` is as of the last step; what hides a thing is a case in a state that hides. ``subject_id`` is no
    foreign key: what is reported is of several kinds.
    """

    __tablename__ = "moderation_cases"
    __table_args__ = (
        sa.UniqueConstraint("subject_id", "number"),
        sa.Index(
            "ix_moderation_cases_one_at_a_time",
            "subject_id",
            unique=True,
            sqlite_where=sa.text(_ONE_AT_A_TIME),
            postgresql_where=sa.text(_ONE_AT_A_TIME),
        ),
        sa.Index("ix_moderation_cases_community_id_id", "community_id", "id"),
        sa.Index("ix_moderation_cases_community_id_state_due_at_id", "community_id", "state", "due_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    subject_type: Mapped[str] = mapped_column(sa.String(16))
    subject_id: Mapped[uuid.UUID]
    #: Counts the cases about this thing.
    number: Mapped[int] = mapped_column(sa.Integer)
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(12))
    opened_at: Mapped[dt.datetime]
    #: By when the decision that is waited for falls due; None where none is.
    due_at: Mapped[dt.datetime | None]
    report_count: Mapped[int] = mapped_column(sa.Integer, default=0)
    #: Of the decision to hide: the version of the text that was judged, the ground as the charter had it, and who
    #: decided.
    text_number: Mapped[int | None] = mapped_column(sa.Integer)
    ground: Mapped[str | None] = mapped_column(sa.String(32))
    ground_title: Mapped[str | None] = mapped_column(sa.String(200))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"))
    hidden_at: Mapped[dt.datetime | None]
    appeal_until: Mapped[dt.datetime | None]
    decide_appeal_within_seconds: Mapped[int | None]
    step_count: Mapped[int] = mapped_column(sa.Integer, default=0)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class ModerationReport(Base):
    """That a member thinks something should be hidden. Never changed; a member reports a thing once."""

    __tablename__ = "moderation_reports"
    __table_args__ = (
        sa.UniqueConstraint("subject_id", "membership_id"),
        sa.Index("ix_moderation_reports_case_id_id", "case_id", "id"),
        sa.Index("ix_moderation_reports_membership_id_id", "membership_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("moderation_cases.id"))
    subject_id: Mapped[uuid.UUID]
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    ground: Mapped[str] = mapped_column(sa.String(32))
    note: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[dt.datetime]
    #: By when its ground, as the charter had it, wants a decision.
    decide_by: Mapped[dt.datetime]


class ModerationStep(Base):
    """One step of a case through its lifecycle. Never changed."""

    __tablename__ = "moderation_steps"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("moderation_cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(12))
    source: Mapped[str] = mapped_column(sa.String(12))
    target: Mapped[str] = mapped_column(sa.String(12))
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    role: Mapped[str | None] = mapped_column(sa.String(20))
    ground: Mapped[str | None] = mapped_column(sa.String(32))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    #: By when what may follow falls due: an appeal against hiding, the decision on an appeal.
    due_at: Mapped[dt.datetime | None]
    at: Mapped[dt.datetime]
