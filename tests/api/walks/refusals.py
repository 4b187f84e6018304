"""The ways in which every call like a walk's is refused, told from the operation's declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from werkzeug.test import TestResponse

from app.http.operation import AUTHENTICATED, PUBLIC, Operation
from tests.api.walks.canary import CANARY
from tests.api.walks.walk import Call, Walk
from tests.support.portal import Person

#: Any role will do for these, so no insider is refused.
FOR_EVERY_INSIDER = {
    "leave_community",
    "erase_own_membership",
    "get_result",
    "list_charts",
    "draw_chart",
    "draw_jury",
    "download_votes",
    "download_delegations",
}


def refusals(
    walk: Walk, operation: Operation, stranger: Person
) -> Iterator[tuple[str, int, Callable[[], TestResponse]]]:
    """Yield every way in which a call like the walk's is refused: what, status, the call."""
    call = walk.call
    nobody = Person(call.caller.app, "nobody")
    if operation.permission is not PUBLIC:
        yield "no token", 401, lambda: call.send(caller=nobody)
        forged = {"Authorization": f"Bearer {call.caller.token[:-6]}AAAAAA"}
        yield "a forged token", 401, lambda: call.send(headers=forged)
    if operation.permission not in {PUBLIC, AUTHENTICATED}:
        yield "an outsider", 404, lambda: call.send(caller=stranger)
        if walk.forbidden is None:
            assert operation.operation_id in FOR_EVERY_INSIDER
        else:
            yield "an insider without the permission", 403, lambda: call.send(caller=walk.forbidden)
    surprising = f"{call.path}{'&' if '?' in call.path else '?'}{CANARY}={CANARY}"
    yield "an unknown parameter", 422, lambda: call.send(path=surprising)
    if operation.body is None:
        yield "an unexpected body", 400, lambda: call.send(body={CANARY: CANARY})
    elif isinstance(operation.body, str):
        yield "another type", 415, lambda: call.send(body=None, data=CANARY, content_type="text/plain")
    else:
        yield "an unknown member", 422, lambda: call.send(body={**call.body, CANARY: CANARY})
        yield "no JSON", 400, lambda: call.send(body=None, data=f'{{"{CANARY}"', content_type=json_type(call))
        yield "no JSON type", 415, lambda: call.send(body=None, data=CANARY, content_type="text/plain")
    if operation.if_match:
        yield "no If-Match", 428, lambda: call.send(if_match="")
        yield "a stale If-Match", 412, lambda: call.send(if_match=f'"{CANARY}"')
    if operation.idempotent:
        yield "no Idempotency-Key", 400, lambda: call.send(headers={"Idempotency-Key": ""})
    for refused in walk.refused_before:
        yield f"{refused.method} {refused.path} {refused.body}", refused.status, refused.send


def json_type(call: Call) -> str:
    return "application/merge-patch+json" if call.method == "PATCH" else "application/json"
