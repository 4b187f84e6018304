import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.db.engine import make_engine
from app.db.units import Units
from app.domain.errors import Refusal
from app.models import Base
from app.models.ids import resource_id
from app.services.identity.access_tokens import AccessTokens
from app.services.identity.signing_keys import KeySeal, ensure_first_key, public_jwk, thumbprint
from app.services.identity.verified_tokens import Identity
from tests.services.identity.people import SETTINGS, at_once

ACCOUNT, SESSION = resource_id(), resource_id()


def encode(part):
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forge:
    """Somebody who holds the real private key, and signs whatever they are told."""

    def __init__(self, units, settings):
        seal = KeySeal(settings.secret_key)
        with units.write() as session:
            key = ensure_first_key(session, seal)
            self.private = seal.unseal(key)
        self.kid = key.kid
        self.pem = key.public_key.encode()
        self.header = {"alg": "ES256", "typ": "at+jwt", "kid": self.kid}
        now = int(time.time())
        self.claims = {
            "iss": settings.issuer,
            "aud": settings.audience,
            "sub": str(ACCOUNT),
            "sid": str(SESSION),
            "client_id": "portal",
            "iat": now,
            "exp": now + 900,
            "jti": "once",
        }

    def token(self, header=None, claims=None, private=None):
        """Sign header and claims, given as JSON values or as raw bytes."""
        head = self.header if header is None else header
        body = self.claims if claims is None else claims
        signed = f"{encode(head)}.{encode(body)}"
        es256 = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        return f"{signed}.{encode(es256.sign(signed.encode(), private or self.private))}"

    def with_claims(self, **changes):
        return self.token(claims={k: v for k, v in (self.claims | changes).items() if v is not ...})

    def with_header(self, **changes):
        return self.token(header={k: v for k, v in (self.header | changes).items() if v is not ...})

    def with_hmac(self, secret):
        signed = f"{encode(self.header | {'alg': 'HS256'})}.{encode(self.claims)}"
        return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """One database for all: only keys are read from it, and test_signing_keys.py reads them from both kinds."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('tokens')}/tokens.db")
    Base.metadata.create_all(engine)
    yield Units(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def settings():
    return SETTINGS


@pytest.fixture(scope="module")
def forge(units, settings):
    return Forge(units, settings)


@pytest.fixture(scope="module")
def tokens(units, settings):
    return AccessTokens(settings, units)


def assert_refused(tokens, token):
    for _ in range(2):  # a refusal is not remembered as a success
        with pytest.raises(Refusal) as caught:
            tokens.verify(token)
        assert caught.value.problem.slug == "invalid-token"
        assert caught.value.detail == "The access token is invalid or has expired."


def test_a_token_speaks_for_whom_it_was_issued(units, tokens):
    with units.write() as session:
        token = tokens.issue(session, ACCOUNT, SESSION, dt.datetime.now(dt.UTC))

    assert tokens.verify(token) == Identity(ACCOUNT, SESSION)
    assert tokens.verify(token) == Identity(ACCOUNT, SESSION)


def test_a_token_is_what_rfc_9068_asks_for(units, settings, tokens):
    now = dt.datetime.now(dt.UTC)
    with units.write() as session:
        token = tokens.issue(session, ACCOUNT, SESSION, now)

    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": header["kid"]}
    assert claims["exp"] - claims["iat"] == settings.access_token_seconds
    assert claims["iat"] == int(now.timestamp())
    assert claims.keys() == {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "sid"}


def test_every_token_has_its_own_jti(units, tokens):
    with units.write() as session:
        issued = [tokens.issue(session, ACCOUNT, SESSION, dt.datetime.now(dt.UTC)) for _ in range(5)]

    assert len({jwt.decode(t, options={"verify_signature": False})["jti"] for t in issued}) == 5


def test_the_forge_is_able_to_make_good_tokens(tokens, forge):
    assert tokens.verify(forge.token()) == Identity(ACCOUNT, SESSION)
    assert tokens.verify(forge.with_header(typ="application/at+JWT")) == Identity(ACCOUNT, SESSION)


@pytest.mark.parametrize("alg", ["none", "None", "NoNe", "", None, "ES384", "EdDSA", "RS256", ["ES256"]])
def test_no_other_algorithm_is_accepted(tokens, forge, alg):
    assert_refused(tokens, forge.with_header(alg=alg))


@pytest.mark.parametrize("alg", ["none", "NONE", "ES256"])
def test_an_empty_signature_is_refused(tokens, forge, alg):
    assert_refused(tokens, f"{encode(forge.header | {'alg': alg})}.{encode(forge.claims)}.")


def test_a_public_key_is_no_hmac_secret(tokens, forge):
    public = forge.private.public_key()
    texts = [
        forge.pem,
        forge.pem.strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(public_jwk(public)).encode(),
        b"",
    ]
    for text in texts:
        assert_refused(tokens, forge.with_hmac(text))


@pytest.mark.parametrize("typ", ["JWT", "at+jwt ", "id+jwt", "", None, 7, ["at+jwt"], {}, ...])
def test_another_type_is_refused(tokens, forge, typ):
    assert_refused(tokens, forge.with_header(typ=typ))


@pytest.mark.parametrize(
    "kid",
    [
        "../../etc/passwd",
        "/dev/null",
        "' OR 1=1 --",
        "x' UNION SELECT 'k",
        "",
        "A" * 43,
        "A" * 42,
        "A" * 10_000,
        "A" * 43 + "\n",
        None,
        7,
        True,
        ["a"],
        {"a": 1},
        ...,
    ],
)
def test_a_kid_is_a_look_up_key_and_nothing_else(tokens, forge, kid):
    assert_refused(tokens, forge.with_header(kid=kid))


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "http://127.0.0.1:9/jwks.json"},
        {"x5u": "http://127.0.0.1:9/cert.pem"},
        {"jwk": {}},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": True},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
)
def test_header_members_that_ask_for_something_are_refused(tokens, forge, extra):
    assert_refused(tokens, forge.with_header(**extra))


def test_a_key_carried_in_the_header_is_not_used(tokens, forge):
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = public_jwk(private.public_key())

    assert_refused(tokens, forge.token(forge.header | {"jwk": jwk}, private=private))
    assert_refused(
        tokens, forge.token(forge.header | {"kid": thumbprint(private.public_key())}, private=private)
    )
    assert_refused(tokens, forge.token(private=private))


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "client_id", "iat", "exp", "jti"])
@pytest.mark.parametrize("value", [..., None, "", "other", 0, True, 1.5, [], {}, "x" * 256])
def test_a_claim_that_is_missing_or_wrong_is_refused(tokens, forge, claim, value):
    if claim in {"client_id", "jti"} and value == "other":
        value = None  # any short text would do
    assert_refused(tokens, forge.with_claims(**{claim: value}))


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        (0, 3601),  # lives too long
        (0, 10**300),
        (-7200, -3600),  # has expired
        (-900, 0),
        (60, 900),  # comes from the future
        (0, 0),
        (0, -1),
    ],
)
def test_times_out_of_bounds_are_refused(tokens, forge, issued, expires):
    now = int(time.time())

    assert_refused(tokens, forge.with_claims(iat=now + issued, exp=now + expires))


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000, '"4102444800"', "1.0"]
)
@pytest.mark.parametrize("claim", ["exp", "iat"])
def test_times_that_are_no_whole_numbers_are_refused(tokens, forge, claim, value):
    text = json.dumps(forge.claims | {claim: "here"}).replace('"here"', value)

    assert_refused(tokens, forge.token(claims=text.encode()))


def test_another_audience_beside_ours_is_refused(tokens, forge, settings):
    assert_refused(tokens, forge.with_claims(aud=[settings.audience, "https://elsewhere.example"]))
    assert_refused(tokens, forge.with_claims(aud=[settings.audience]))


@pytest.mark.parametrize("spell", [str.upper, lambda t: "{" + t + "}", lambda t: t.replace("-", "")])
def test_ids_have_one_spelling(tokens, forge, spell):
    assert_refused(tokens, forge.with_claims(sub=spell(str(uuid.UUID(int=0xABC << 100)))))


def test_repeated_names_are_refused(tokens, forge):
    claims = json.dumps(forge.claims)[:-1] + f', "sub": "{SESSION}"}}'
    header = json.dumps(forge.header)[:-1] + ', "alg": "ES256"}'

    assert_refused(tokens, forge.token(claims=claims.encode()))
    assert_refused(tokens, forge.token(header=header.encode()))


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 3000,
        b'{"a":' * 1000,
        b"[]",
        b'"text"',
        b"null",
        b"7",
        b"",
        b"{",
        b"\xff\xfe{}",
        b"{}{}",
        b"\x00",
    ],
)
def test_payloads_that_are_no_json_object_are_refused(tokens, forge, payload):
    assert_refused(tokens, forge.token(claims=payload))
    assert_refused(tokens, forge.token(header=payload))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b",
        "null",
        "\x00",
        "\ud800",
        "\u00e9.\u00e9.\u00e9",
        "\u0661.\u0661.\u0661",
        "=.=.=",
        "{}.{}.{}",
        "." * 8192,
        "A" * 10_000,
    ],
)
def test_texts_that_are_no_tokens_are_refused(tokens, text):
    assert_refused(tokens, text)


@pytest.mark.parametrize("junk", ["A", "=", "==", ".", ".x", " ", "\n", "\x00", "%00"])
def test_junk_around_a_good_token_is_refused(tokens, forge, junk):
    good = forge.token()
    tokens.verify(good)

    assert_refused(tokens, good + junk)
    assert_refused(tokens, junk + good)
    for part in good.split("."):
        assert_refused(tokens, good.replace(part, part + junk))


def test_no_second_spelling_of_a_good_token_is_accepted(tokens, forge):
    good = forge.token()
    tokens.verify(good)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for last in alphabet:
        if last != good[-1]:
            assert_refused(tokens, good[:-1] + last)


def test_a_token_beyond_the_longest_is_refused_unread(tokens, forge):
    assert_refused(tokens, forge.with_claims(padding="x" * 8192))


@examples(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_token_changed_anywhere_is_refused(tokens, forge, data):
    good = forge.token()
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != good[place]))

    assert_refused(tokens, good[:place] + other + good[place + 1 :])


@examples(max_examples=100, deadline=None)
@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", fullmatch=True))
def test_any_text_at_all_is_refused_in_the_same_words(tokens, text):
    assert_refused(tokens, text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@examples(max_examples=100, deadline=None)
@given(claim=st.sampled_from(["iss", "aud", "sub", "sid", "iat", "exp"]), value=json_values)
def test_any_other_value_of_a_claim_is_refused_though_the_signature_is_good(tokens, forge, claim, value):
    if value != forge.claims[claim]:
        now = int(time.time())
        if claim in {"iat", "exp"} and type(value) is int and abs(value - now) < 4000:
            return
        assert_refused(tokens, forge.with_claims(**{claim: value}))


def test_a_token_lives_until_exp_and_no_longer(units, settings):
    instant = [1_800_000_000.0]
    tokens = AccessTokens(settings, units, clock=lambda: instant[0])
    with units.write() as session:
        token = tokens.issue(session, ACCOUNT, SESSION, dt.datetime.fromtimestamp(instant[0], dt.UTC))

    instant[0] += settings.access_token_seconds - 0.001
    assert tokens.verify(token)
    instant[0] += 0.001
    assert_refused(tokens, token)  # first from memory, then from its claims


def test_a_host_whose_clock_lags_a_little_takes_a_fresh_token(units, settings):
    now = dt.datetime.now(dt.UTC)
    lagging = AccessTokens(settings, units, clock=lambda: now.timestamp() - 29)
    with units.write() as session:
        token = lagging.issue(session, ACCOUNT, SESSION, now)

    assert lagging.verify(token)


def test_a_token_of_another_installation_is_refused(units, settings, tokens):
    other = AccessTokens(dataclasses.replace(settings, public_url="https://other.example"), units)
    with units.write() as session:
        token = other.issue(session, ACCOUNT, SESSION, dt.datetime.now(dt.UTC))

    assert other.verify(token)
    assert_refused(tokens, token)


def test_threads_verify_and_issue_side_by_side(units, tokens):
    def work(_):
        with units.write() as session:
            token = tokens.issue(session, ACCOUNT, SESSION, dt.datetime.now(dt.UTC))
        return [tokens.verify(token) for _ in range(50)]

    for identities in at_once(8, work):
        assert identities == [Identity(ACCOUNT, SESSION)] * 50
