"""The ids that clients give their requests, and which of them the audit log keeps."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from tests.support import journal
from tests.support.portal import PASSWORD

#: Ids that clients send, and whether the audit log keeps them.
TRACES = {
    "0192f0c1-0000-7000-8000-00000000abCD": True,
    "0192f0c10000700080000000000000ff": True,
    "Ada-Lovelace-1815": False,
    "491701234567": False,
    "0192f0c1-0000-7000-8000-00000000abC": False,
}


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("way", ["front", "route"])
def test_a_client_s_id_enters_the_log_only_if_it_can_say_nothing(trace, way, portal, units, log_lines):
    town = portal.town(members=1)
    path = portal.ballot(town)
    headers = {"X-Request-Id": trace}
    if way == "front":
        answer = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]}, headers=headers)
    else:
        answer = town.owner.call("PATCH", town.path, {"name": "City"}, headers=headers, if_match="*")
    assert answer.status_code < 300, answer.text
    assert answer.headers["X-Request-Id"] == trace
    entry = journal.entries(units)[-1]
    recorded = entry.said["request"]
    assert entry.said["action"] == {"front": "ballot.cast", "route": "community.updated"}[way]
    assert (recorded == trace) is TRACES[trace]
    assert TRACES[trace] or re.fullmatch("[0-9a-f]{32}", recorded)
    line = json.loads(log_lines.getvalue().splitlines()[-1])
    assert (line["request_id"], line["audit_request_id"]) == (trace, recorded)


@pytest.mark.parametrize("end", ["registration", "sign-in", "refresh"])
def test_a_visitor_s_id_enters_the_log_no_more_than_others_do(end, portal, units):
    person, headers = portal.person(), {"X-Request-Id": "Ada-Lovelace"}
    path, body = {
        "registration": (
            "/v1/accounts",
            {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD, "display_name": "Ada"},
        ),
        "sign-in": ("/v1/sessions", {"email": person.email, "password": PASSWORD}),
        "refresh": ("/v1/sessions/refresh", {"refresh_token": person.refresh_token}),
    }[end]
    portal.visitor.ok("POST", path, body, headers=headers)
    assert re.fullmatch("[0-9a-f]{32}", journal.entries(units)[-1].said["request"])
