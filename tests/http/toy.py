"""A small application on the kit: notes of a community. It exists to show every feature of an operation."""

import csv
import io
import uuid
from enum import StrEnum

import sqlalchemy as sa
from flask import Flask, Request
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.db.units import Units
from app.domain.errors import Kind, Problem, Refusal
from app.http import docs, fields
from app.http.api import Api
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import AUTHENTICATED, PUBLIC, Context, Kit, RateLimit, Reply
from app.http.paging import PageQuery, page_schema
from app.models.base import NAMING_CONVENTION
from app.models.idempotency import IdempotencyRecord

HOME = uuid.UUID("0192f0c1-0000-7000-8000-000000000001")
ELSEWHERE = uuid.UUID("0192f0c1-0000-7000-8000-000000000002")
PORTAL = "https://portal.example"

TITLE_TAKEN = Problem("title-taken", "A note with this title exists", Kind.CONFLICT)
PUBLISHED = Problem("published", "The note is published", Kind.CONFLICT)
UNAUTHENTICATED = Problem("invalid-token", "The token is missing or not valid", Kind.UNAUTHENTICATED)
NOT_FOUND = Problem("not-found", "There is no such thing here", Kind.NOT_FOUND)
FORBIDDEN = Problem("forbidden", "Your roles do not give this permission", Kind.FORBIDDEN)


class ToyBase(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)


class Note(ToyBase):
    __tablename__ = "toy_notes"
    __table_args__ = (
        sa.UniqueConstraint("community_id", "title"),
        sa.CheckConstraint("stars <= 1000", name="stars"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    community_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(sa.String(80))
    stars: Mapped[int] = mapped_column(sa.BigInteger)
    published: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's form


class NoteDraftSchema(fields.Strict):
    title = fields.String(required=True, min_length=1, max_length=80, pattern=fields.LINE)
    stars = fields.Integer(load_default=0, maximum=1000)
    tags = fields.List(
        fields.String(max_length=20, min_length=1), max_items=5, unique=True, load_default=list
    )


class NoteEditSchema(fields.Strict):
    title = fields.String(min_length=1, max_length=80, pattern=fields.LINE)
    stars = fields.Integer(maximum=1000)


class NoteSchema(fields.Representation):
    id = fields.UUID()
    title = fields.String(max_length=80)
    stars = fields.Integer()
    published = fields.Boolean()


class NoteQuery(PageQuery):
    published = fields.Boolean(load_default=None)


class PingSchema(fields.Representation):
    alive = fields.Boolean()


class MeSchema(fields.Representation):
    name = fields.String(max_length=80)


class Secrecy(StrEnum):
    OPEN = "open"
    SEALED = "sealed"


class OptionSchema(fields.Strict):
    title = fields.String(required=True, min_length=1, max_length=200)
    weight = fields.Integer(minimum=-5, maximum=5, load_default=0)


class EverythingSchema(fields.Strict):
    """One field of each kind."""

    id = fields.UUID(required=True)
    text = fields.String(max_length=20_000, load_default="")
    email = fields.Email()
    opens_at = fields.Instant()
    ratio = fields.Ratio()
    period = fields.Duration()
    secrecy = fields.Enum(Secrecy)
    options = fields.List(fields.Nested(OptionSchema), min_items=1, max_items=10)
    scores = fields.Map(
        keys=fields.String(max_length=36, pattern="^[a-z]{1,36}$"),
        values=fields.Integer(maximum=10),
        max_items=5,
    )
    note = fields.String(max_length=50, allow_none=True)
    final = fields.Boolean()


class Person:
    def __init__(self, name: str) -> None:
        self.identity = name


def authenticate(request: Request) -> Person:
    scheme, _, name = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or name not in {"alice", "bob", "carol", "dora"}:
        raise Refusal(UNAUTHENTICATED)
    return Person(name)


def authorise(_session: Session, person: Person, permission: str, path_args: dict) -> str | None:
    if permission is AUTHENTICATED:
        return None
    home = {"alice": HOME, "carol": HOME, "dora": HOME, "bob": ELSEWHERE}[person.identity]
    if path_args["community_id"] != home:
        raise Refusal(NOT_FOUND)
    if person.identity == "carol" and permission != "note.read":
        raise Refusal(FORBIDDEN)
    return person.identity


def note_tag(note: Note) -> tuple:
    return ("note", note.id, note.version)


def find(context: Context, community_id: uuid.UUID, note_id: uuid.UUID) -> Note:
    note = context.session.scalar(
        sa.select(Note).where(Note.community_id == community_id, Note.id == note_id)
    )
    if note is None:
        raise Refusal(NOT_FOUND)
    return note


def make_blueprint() -> Blueprint:  # noqa: C901 - a list of small views
    blp = Blueprint(
        "notes",
        __name__,
        url_prefix="/v1/communities/<uuid:community_id>/notes",
        description="Notes of a community.",
    )

    @blp.operation(
        "POST",
        "",
        operation_id="create_note",
        permission="note.write",
        body=NoteDraftSchema,
        returns=(201, NoteSchema),
        idempotent=True,
        etag=note_tag,
        location=lambda n: f"/v1/communities/{n.community_id}/notes/{n.id}",
        errors={409: "A note with this title exists."},
        examples={"request": {"title": "Which flavour next?", "stars": 3}},
    )
    def create_note(context, *, body, community_id):
        """Write a note.

        It starts unpublished; its title is
        unique in the community.
        """
        note = Note(
            id=uuid.uuid4(),
            community_id=community_id,
            title=body["title"],
            stars=body["stars"],
            published=False,
        )
        context.session.add(note)
        return note

    @blp.operation(
        "GET",
        "",
        operation_id="list_notes",
        permission="note.read",
        query=NoteQuery,
        returns=(200, page_schema(NoteSchema)),
    )
    def list_notes(context, *, query, community_id):
        """List notes by title."""
        statement = sa.select(Note).where(Note.community_id == community_id)
        if query["published"] is not None:
            statement = statement.where(Note.published == query["published"])
        return context.page(statement, [(Note.title, str), (Note.id, uuid.UUID)], query)

    @blp.operation(
        "GET",
        "/<uuid:note_id>",
        operation_id="get_note",
        permission="note.read",
        returns=(200, NoteSchema),
        etag=note_tag,
    )
    def get_note(context, *, community_id, note_id):
        """Read a note."""
        return find(context, community_id, note_id)

    @blp.operation(
        "PATCH",
        "/<uuid:note_id>",
        operation_id="edit_note",
        permission="note.write",
        body=NoteEditSchema,
        returns=(200, NoteSchema),
        if_match=True,
        etag=note_tag,
        errors={409: "A note with this title exists."},
    )
    def edit_note(context, *, body, community_id, note_id):
        """Change a note."""
        note = find(context, community_id, note_id)
        context.check_etag(note_tag(note))
        for name, value in body.items():
            setattr(note, name, value)
        return note

    @blp.operation(
        "DELETE",
        "/<uuid:note_id>",
        operation_id="delete_note",
        permission="note.write",
        returns=(204, None),
        if_match=True,
    )
    def delete_note(context, *, community_id, note_id):
        """Delete a note."""
        note = find(context, community_id, note_id)
        context.check_etag(note_tag(note))
        context.session.delete(note)

    @blp.operation(
        "POST",
        "/<uuid:note_id>/publish",
        operation_id="publish_note",
        permission="note.write",
        returns=[(200, NoteSchema), (202, NoteSchema)],
        errors={409: "The note is published already."},
    )
    def publish_note(context, *, community_id, note_id):
        """Publish a note."""
        note = find(context, community_id, note_id)
        if note.published:
            raise Refusal(PUBLISHED)
        note.published = True
        return Reply(note, status=202 if note.stars == 0 else None)

    @blp.operation(
        "GET",
        "/export",
        operation_id="export_notes",
        permission="note.read",
        returns=(200, "text/csv"),
    )
    def export_notes(context, *, community_id):
        """Download all notes as CSV."""

        def lines():
            yield b"title,stars\r\n"
            for note in context.session.scalars(
                sa.select(Note).where(Note.community_id == community_id).order_by(Note.title)
            ):
                row = io.StringIO()
                csv.writer(row).writerow([note.title, note.stars])
                yield row.getvalue().encode()

        return Stream(lines(), "notes.csv", "text/csv; charset=utf-8; header=present")

    return blp


def make_root() -> Blueprint:
    blp = Blueprint("root", __name__, url_prefix="/v1", description="The rest.")

    @blp.operation(
        "GET",
        "/ping",
        operation_id="ping",
        permission=PUBLIC,
        returns=(200, PingSchema),
        cache_control="public, max-age=5",
    )
    def ping(_context):
        """Say that the service is alive."""
        return {"alive": True}

    @blp.operation("GET", "/me", operation_id="get_me", permission=AUTHENTICATED, returns=(200, MeSchema))
    def get_me(context):
        """Say who is asking."""
        return {"name": context.principal.identity}

    @blp.operation(
        "POST",
        "/echo",
        operation_id="echo",
        permission=AUTHENTICATED,
        body=EverythingSchema,
        returns=(200, EverythingSchema),
    )
    def echo(_context, *, body):
        """Give back what was understood."""
        return body

    return blp


def make_app(engine: sa.Engine, extra: Blueprint | None = None, **hooks) -> Flask:
    """Create the tables and the application on a database."""
    ToyBase.metadata.create_all(engine)
    IdempotencyRecord.__table__.create(engine, checkfirst=True)
    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=100_000, TESTING=True)
    kit = {
        "units": Units(engine),
        "authenticate": authenticate,
        "authorise": authorise,
        "cursor_key": b"k" * 32,
        "answer_key": b"a" * 32,
        "constraints": {
            "uq_toy_notes_community_id_title": TITLE_TAKEN,
            "ck_toy_notes_stars": TITLE_TAKEN,
        },
        "metadata": ToyBase.metadata,
        "allowed_origins": lambda community_id: frozenset({PORTAL} if community_id == HOME else ()),
        "throttle": lambda _request, _principal, _operation_id: RateLimit("default", 1000, 60, 999, 60),
    }
    app.extensions["althing"] = Kit(**kit | hooks)
    api = Api(app, title="Toy", version="1")
    for blp in [make_root(), make_blueprint(), *([extra] if extra else [])]:
        api.register_blueprint(blp)
    app.register_blueprint(docs.make_blueprint(api))
    app.extensions["toy"] = api
    app.extensions["toy engine"] = engine
    return app
