"""The wiring of one process: settings, database, identity, the HTTP kit and the features."""

from __future__ import annotations

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
from app.services.identity.derived_keys import Purpose, derive_key
from app.services.identity.provider import IdentityProvider

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
    configure_logging(settings.log_level)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    units = Units.of(settings.database_url)
    app.extensions["althing.settings"] = settings
    app.extensions["althing.units"] = units
    app.extensions[identity.EXTENSION] = IdentityProvider.build(settings, units)
    app.extensions[FAST_CASTING] = FastCasting(units)
    app.extensions["althing"] = Kit(
        units=units,
        authenticate=wiring.authenticate,
        authorise=wiring.authorise,
        cursor_key=derive_key(settings.secret_key, Purpose.SIGN_LIST_CURSORS),
        answer_key=derive_key(settings.secret_key, Purpose.SEAL_KEPT_ANSWERS),
        constraints=wiring.CONSTRAINTS,
        allowed_origins=wiring.AllowedOrigins(units),
        catch_up=wiring.CatchUp(units),
    )
    api = Api(
        app,
        title="Althing",
        version=API_VERSION,
        behind_tls=settings.behind_tls,
        info={"description": _DESCRIPTION},
        servers=[{"url": "/"}],
    )
    for blueprint in (*BLUEPRINTS, well_known):
        api.register_blueprint(blueprint)
    app.extensions["althing.api"] = api
    app.register_blueprint(make_docs_blueprint(api))
    app.register_blueprint(make_health_blueprint(units))
    # Flask reads this attribute for every request; see its documentation on middleware.
    app.wsgi_app = CastingFront(  # type: ignore[method-assign]
        app.wsgi_app,
        app.extensions[FAST_CASTING],
        app.extensions[identity.EXTENSION].tokens,
        behind_tls=settings.behind_tls,
        most_bytes=settings.max_body_bytes,
    )
    cli.register(app)
    return app
