import json

import jwt

from app.services import audit
from app.services.identity import signing_keys
from app.services.identity.signing_keys import KeySeal


def keys_of(portal):
    return portal.visitor.call("GET", "/.well-known/jwks.json")


def test_the_key_set_is_public_and_may_be_cached_for_as_long_as_keys_wait(portal):
    portal.person()
    response = keys_of(portal)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert signing_keys.PUBLISHED_AHEAD.total_seconds() >= 300


def test_a_resource_server_verifies_tokens_with_the_key_set(portal, settings):
    ada = portal.person()
    keys = jwt.PyJWKSet.from_json(json.dumps(keys_of(portal).get_json()))
    kid = jwt.get_unverified_header(ada.token)["kid"]

    claims = jwt.decode(
        ada.token, keys[kid], algorithms=["ES256"], audience=settings.audience, issuer=settings.issuer
    )
    assert claims["sub"] == ada.account_id


def test_after_a_rotation_at_once_old_and_new_tokens_work(portal, units, settings):
    ada = portal.person()
    with units.write() as session:
        signing_keys.rotate(session, audit.SERVICE, KeySeal(settings.secret_key), at_once=True)
    bob = portal.person()

    assert len(keys_of(portal).get_json()["keys"]) == 2
    for person in (ada, bob):
        assert person.call("GET", "/v1/accounts/me").status_code == 200
