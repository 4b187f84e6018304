"""The wiring of one process: settings, database, identity, the HTTP kit and the features."""

from __future__ import annotations

import functools
from pathlib import Path

from flask import Flask

from app import cli
from app.api import identity, wiring
from app.api.health import make_blueprint as make_health_blueprint
from app.api.v1 import BLUEPRINTS
from app.api.v1.ballots.front import CastingFront
from app.api.v1.ballots.hot_path import EXTENSION as FAST_CASTING
from app.api.well_known import blp as well_known
from app.config import Settings
from app.db.units import Units
from app.http.api import Api
from app.http.docs import make_blueprint as make_docs_blueprint
from app.http.logging import configure_logging
from app.http.operation import Kit
from app.services.ballots.casting_fast import FastCasting
from app.services.ballots.keys import BallotSeals
from app.services.erasure.listing import ErasureList
from app.services.identity.derived_keys import Purpose, derive_key
from app.services.identity.provider import IdentityProvider
from app.services.translog.log import TransparencyLog

API_VERSION = "1.0.0"

_DESCRIPTION = """
Community governance and voting. A brand's member portal calls this API so that its community really decides.

**First steps:** register an account (`POST /v1/accounts` answers with a token), authorize with it here, found a
community (`POST /v1/communities`), invite members, draft a ballot, open it, vote, read the result, download the
log and count it again.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents with stable types.
""".strip()


def wire(settings: Settings) -> Flask:
    """Make the application that serves under these settings."""
    app = compose(behind_tls=settings.behind_tls)
    connect(app, settings)
    return app


def compose(*, behind_tls: bool = False) -> Flask:
    """Make the application without anything that it works on: its operations, their document and its commands."""
    app = Flask(__name__, static_folder=None)
    api = Api(
        app,
        title="Althing",
        version=API_VERSION,
        behind_tls=behind_tls,
        info={"description": _DESCRIPTION},
        servers=[{"url": "/"}],
    )
    for blueprint in (*BLUEPRINTS, well_known):
        api.register_blueprint(blueprint)
    app.extensions["althing.api"] = api
    app.register_blueprint(make_docs_blueprint(api))
    app.register_blueprint(make_health_blueprint())
    cli.register(app)
    return app


def connect(app: Flask, settings: Settings) -> None:
    """Give a composed application its settings, its database and its keys, in place of any it had."""
    configure_logging(settings.log_level)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    units = Units.of(settings.database_url, BallotSeals.info(settings.secret_key))
    identities = IdentityProvider.build(settings, units)
    casting = FastCasting(units)
    log = TransparencyLog.build(settings, units)
    app.extensions |= {
        "althing.settings": settings,
        "althing.units": units,
        identity.EXTENSION: identities,
        FAST_CASTING: casting,
        "althing.log": log,
        "althing.erasures": ErasureList(Path(settings.checkpoint_store)),
        "althing": Kit(
            units=units,
            authenticate=wiring.authenticate,
            authorise=wiring.authorise,
            cursor_key=derive_key(settings.secret_key, Purpose.SIGN_LIST_CURSORS),
            answer_key=derive_key(settings.secret_key, Purpose.SEAL_KEPT_ANSWERS),
            constraints=wiring.CONSTRAINTS,
            allowed_origins=wiring.AllowedOrigins(units),
            catch_up=wiring.CatchUp(units, log),
        ),
    }
    # Flask reads this attribute for every request; see its documentation on middleware.
    app.wsgi_app = CastingFront(  # type: ignore[method-assign]
        functools.partial(Flask.wsgi_app, app),
        casting,
        identities.tokens,
        log,
        behind_tls=settings.behind_tls,
        most_bytes=settings.max_body_bytes,
    )
