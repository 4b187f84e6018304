"""Runs schemathesis against an application in process, for the kit's tests and the API's."""

import json
import re
import uuid
from collections import Counter
from pathlib import Path

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.generation import GenerationMode
from werkzeug.test import Client

from app.http.idempotency import KEY_PATTERN

CONFIG = Path(__file__).with_name("schemathesis.toml")


def run(app, *, token, parameters, examples, paths=None, stateful=True, hostile=True, seed=1):
    """Try every operation with good and bad input.

    :param token: bearer token under which to call.
    :param parameters: values of path parameters that must exist for anything to be found.
    :param examples: cases a phase generates for each operation.
    :param paths: regular expression of the paths whose operations are tried, or None for all.
    :param hostile: whether to send what the document forbids, too, and whatever else covers each schema.
    :param stateful: whether to try what follows on what, too.
    :return: (Counter of status codes, one line for each finding).
    """
    config = SchemathesisConfig.from_path(CONFIG)
    application = _with_fresh_keys(app)
    document = json.loads(Client(application).get("/openapi.json").text)
    if paths is not None:  # left out of the document, since a filter does not hold for every phase
        document["paths"] = {path: item for path, item in document["paths"].items() if re.search(paths, path)}
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = application
    schema.config.seed = seed
    schema.config.headers = {"Authorization": f"Bearer {token}"}
    schema.config.parameters = parameters
    schema.config.generation.update(max_examples=examples)
    schema.config.phases.stateful.enabled = stateful
    if not hostile:
        schema.config.phases.coverage.enabled = False
        schema.config.generation.update(modes=[GenerationMode.POSITIVE])

    statuses, findings = Counter(), []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            statuses.update(i.response.status_code for i in recorder.interactions.values() if i.response)
            for case_id, checks in recorder.checks.items():
                findings += [
                    _line(recorder, case_id, check) for check in checks if check.failure_info is not None
                ]
        elif isinstance(event, events.NonFatalError):
            findings.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return statuses, findings


def _with_fresh_keys(app):
    """Replace well-formed keys: cases share simple ones, and one key with two bodies is rightly refused."""

    def wsgi(environ, start_response):
        if re.fullmatch(KEY_PATTERN, environ.get("HTTP_IDEMPOTENCY_KEY", "")):
            environ["HTTP_IDEMPOTENCY_KEY"] = uuid.uuid4().hex
        return app(environ, start_response)

    return wsgi


def _line(recorder, case_id, check):
    interaction = recorder.interactions[case_id]
    request, response = interaction.request, interaction.response
    return (
        f"{check.name}: {request.method} {request.uri} {request.body or b''!r} -> {response.status_code} "
        f"{response.content[:300]!r}: {check.failure_info.failure.message[:300]}"
    )
