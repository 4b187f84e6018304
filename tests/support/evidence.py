"""Evidence bundles made in memory: of a small ballot that was never held, or of what a service published."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain import counting
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.reading import read_charter
from app.domain.concentration import distribution
from app.domain.decision import ChoiceFigures, DecisionRules, Quorum, Ratio, decide
from app.domain.evidence.ballot_log import Cast, write_json_lines
from app.domain.evidence.files import FORMAT
from app.domain.translog.authentic_tiles import tiles_to_prove
from tests.support.charters import wide_charter
from tests.support.signing import SigningKey
from tests.support.translog import LOG_KEY, Files, checkpoint_of, tree_of

COMMUNITY = "01900000-0000-7000-8000-000000000001"
BALLOT = "01900000-0000-7000-8000-0000000000b1"
OTHER_BALLOT = "01900000-0000-7000-8000-0000000000b2"
SECRET = bytes(range(100, 132))
OPENED_AT, CLOSES_AT = "2026-11-01T08:00:00.000Z", "2026-11-02T08:00:00.000Z"
CERTIFIED_AT = "2026-11-02T08:00:01.500Z"
TITLES = {"mint": "Mint", "lime": "Lime", "yuzu": "Yuzu"}


def uuid_like(number: int) -> str:
    """Return an id as random as a tracker looks, made of a number."""
    text = hashlib.sha256(str(number).encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"


@dataclass
class Entry:
    """One entry of the log, with what is kept beside it."""

    body: dict[str, Any]
    content: dict[str, Any] | None = None
    salt: bytes | None = None

    @property
    def leaf(self) -> bytes:
        return canonical_json(self.body)


def entry(action: str, at: str, subject: str = BALLOT, **facts: Any) -> Entry:
    """Return an entry about a ballot; ``content`` is committed to with a salt."""
    content, commitment = facts.pop("content", None), facts.pop("commitment", None)
    salt = None
    if content is not None:
        salt = hashlib.sha256(f"{action}{at}".encode()).digest()
        commitment = hmac.digest(salt, canonical_json(content), "sha256").hex()
    body = {
        "action": action,
        "actor": None,
        "at": at,
        "commitment": commitment,
        "event": uuid_like(hash_of(action, at, str(commitment))),
        "log": COMMUNITY,
        "object": {"id": subject, "type": "ballot"},
        "request": "service",
        "role": None,
        "v": 1,
    }
    return Entry(body | facts, content, salt)


def hash_of(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:6], "big")


@dataclass
class Pieces:
    """Everything a bundle is made of, to be changed before it is put together."""

    manifest: dict[str, Any]
    charter: dict[str, Any]
    roll: list[tuple[str, int]]
    casts: list[Cast]
    result: dict[str, Any]
    log: list[Entry]
    ballot: str = BALLOT
    key: SigningKey = field(default=LOG_KEY)

    def copy(self) -> Pieces:
        """Return a copy that can be changed by itself."""
        made = copy.copy(self)
        for name in ("manifest", "charter", "roll", "casts", "result", "log"):
            setattr(made, name, copy.deepcopy(getattr(self, name)))
        return made

    def files(self) -> Files:
        """Return the files of the bundle, its index among them."""
        roll = "".join(f"{voter},{weight}\r\n" for voter, weight in self.roll)
        return bundle_of(
            ballot=self.ballot,
            manifest=canonical_json(self.manifest),
            charter=canonical_json(self.charter),
            roll=f"voter,weight\r\n{roll}".encode(),
            casts=write_json_lines(self.casts),
            result=canonical_json(self.result),
            log=self.log,
            key=self.key,
        )


def bundle_of(
    *,
    ballot: str,
    manifest: bytes,
    charter: bytes,
    roll: bytes,
    casts: bytes,
    result: bytes,
    log: Sequence[Entry],
    key: SigningKey = LOG_KEY,
) -> Files:
    """Put a bundle together.

    :param log: all entries of the log; those about the ballot go into the bundle, with the tiles that prove them.
    """
    own = [index for index, each in enumerate(log) if each.body["object"] == {"id": ballot, "type": "ballot"}]
    edge, tiles = tree_of([each.leaf for each in log])
    lines = [
        canonical_json(
            {
                "body": log[index].leaf.decode(),
                "content": log[index].content,
                "index": index,
                "salt": None if log[index].salt is None else log[index].salt.hex(),
            }
        )
        for index in own
    ]
    files = {
        "manifest.json": manifest,
        "charter.json": charter,
        "roll.csv": roll,
        "casts.jsonl": casts,
        "result.json": result,
        "log/checkpoint": checkpoint_of(edge, key),
        "log/entries.jsonl": b"".join(line + b"\n" for line in lines),
    }
    files |= {f"log/{tile.path}": tiles[tile.path] for tile in tiles_to_prove(own, len(log))}
    return indexed(files, ballot, key.verifier.name)


def indexed(files: Mapping[str, bytes], ballot: str = BALLOT, origin: str = LOG_KEY.verifier.name) -> Files:
    """Return the files with an index that fits them."""
    listed = {
        name: {"sha256": sha256_hex(content), "size": len(content)}
        for name, content in files.items()
        if name != "evidence.json"
    }
    index = {"ballot": ballot, "files": listed, "format": FORMAT, "origin": origin}
    return {**files, "evidence.json": canonical_json(index)}


def write_archive(path: Path, files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a bundle as an archive and return its path."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def small_ballot(noise: int = 300) -> Pieces:
    """Return a ballot of seven voters of different weights, one of whom voted twice, by instant runoff.

    :param noise: entries about other things before it in the log.
    """
    charter = read_charter(wide_charter()).to_json()
    rules = next(each for each in charter["decision_types"] if each["id"] == "general")
    weights = [3, 1, 1, 2, 5, 1, 1]
    roll = sorted((uuid_like(number), weight) for number, weight in enumerate(weights))
    manifest = _manifest(roll, rules, sha256_hex(canonical_json(charter)))
    choices = ["mint>lime", "lime", "yuzu>mint", "lime>yuzu", "yuzu", "mint"]
    casts = [
        _cast(100 + number, voter, weight, choice, f"2026-11-01T09:0{number}:00.250Z")
        for number, ((voter, weight), choice) in enumerate(zip(roll, choices, strict=False))
    ]
    first = casts[2]
    again = _cast(200, first.voter, first.weight, "lime>yuzu>mint", "2026-11-01T20:00:00.000Z", revision=2)
    casts[2] = _cast(102, first.voter, first.weight, first.choice, first.cast_at, counts=False)
    casts = sorted([*casts, again], key=lambda cast: cast.tracker)
    result = certify(manifest, roll, casts)
    log = [entry("ballot.updated", f"noise {number}", OTHER_BALLOT) for number in range(noise)]
    log += ballot_entries(manifest, casts, result)
    log += [entry("ballot.updated", "noise at the end", OTHER_BALLOT)]
    return Pieces(manifest, {"charter": charter, "number": 3}, roll, casts, result, log)


def _manifest(roll: Sequence[tuple[str, int]], rules: dict[str, Any], charter_digest: str) -> dict[str, Any]:
    lines = "".join(f"{voter} {weight}\n" for voter, weight in roll)
    return {
        "v": 3,
        "ballot": BALLOT,
        "community": COMMUNITY,
        "proposal": None,
        "kind": "general",
        "title": "Which flavour next?",
        "description": "",
        "charter": {"version": 3, "digest": charter_digest},
        "decision_type": "general",
        "rules": rules,
        "binding_level": "advisory",
        "answer_within": None,
        "matters": [],
        "precommitment": None,
        "grants_role": None,
        "method": {
            "name": "irv",
            "version": counting.METHODS["irv"].version,
            "settings": {},
            "seats": 1,
        },
        "options": [
            {"id": option, "title": title, "description": "", "candidate": None}
            for option, title in TITLES.items()
        ],
        "weighting": "token",
        "weight_cap": None,
        "count_unvested": True,
        "exclude": rules["exclude"],
        "secrecy": "open",
        "disclosure": "pseudonymous",
        "vote_change": True,
        "early_close": False,
        "quorum": {"base": "participants", "ratio": "1/2"},
        "threshold": None,
        "min_approval": None,
        "rejection_quorum": None,
        "token_majority": None,
        "late_quorum_extension": None,
        "tie_rule": "lot",
        "tie_commitment": sha256_hex(SECRET),
        "opened_at": OPENED_AT,
        "opens_at": OPENED_AT,
        "closes_at": CLOSES_AT,
        "roll": {
            "size": len(roll),
            "weight": sum(weight for _, weight in roll),
            "tokens": None,
            "weight_limit": None,
            "weight_overflow": None,
            "ledger_position": None,
            "hash": sha256_hex(lines.encode()),
        },
    }


def _cast(number: int, voter: str, weight: int, choice: str, cast_at: str, **facts: Any) -> Cast:
    tracker = uuid_like(number)
    return Cast(
        **{
            "tracker": tracker,
            "voter": voter,
            "member": "",
            "weight": weight,
            "revision": 1,
            "counts": True,
            "choice": choice,
            "cast_at": cast_at,
            "digest": digest_of(tracker, choice),
        }
        | facts
    )


def digest_of(tracker: str, choice: str) -> str:
    return sha256_hex(f"althing-cast/v1\n{BALLOT}\n{tracker}\n{choice}\n".encode())


def certify(
    manifest: Mapping[str, Any], roll: Sequence[tuple[str, int]], casts: Sequence[Cast]
) -> dict[str, Any]:
    """Return the result of a ballot between options, as a service that counts by the book certifies it."""
    counted = [cast for cast in casts if cast.counts]
    votes = "".join(f"{cast.tracker} {cast.weight} {cast.choice}\n" for cast in counted)
    votes_digest = sha256_hex(votes.encode())
    tally: Counter[str] = Counter()
    for cast in counted:
        tally[cast.choice] += cast.weight
    question = counting.Question("irv", tuple(TITLES))
    seed = hashlib.sha256(b"althing-tie-seed/v1\n" + SECRET + votes_digest.encode()).digest()
    count = counting.count(question, tally, tie_order=counting.LotOrder(BALLOT, seed, question.options))
    total = sum(weight for _, weight in roll)
    quorum = Quorum("participants", Ratio.parse(manifest["quorum"]["ratio"]))
    figures = ChoiceFigures(int(count.valid), int(count.blank), total, len(counted), len(roll))
    decision = decide(figures, DecisionRules(quorum=quorum))
    return {
        "v": 3,
        "ballot": BALLOT,
        "manifest_hash": sha256_hex(canonical_json(manifest)),
        "closed_at": CLOSES_AT,
        "certified_at": CERTIFIED_AT,
        "outcome": decision.outcome,
        "winners": list(count.winners),
        "granted": None,
        "decision": decision.to_json(),
        "count": count.to_json(),
        "token_count": None,
        "explanation": counting.explain(count, TITLES),
        "turnout": {
            "voters": len(counted),
            "weight": str(sum(tally.values())),
            "roll_size": len(roll),
            "roll_weight": str(total),
            "tokens": None,
        },
        "votes_digest": votes_digest,
        "delegation": None,
        "tie_seed": {"secret": SECRET.hex(), "seed": seed.hex()},
        "concentration": {
            "largest_holder": f"{max(weight for _, weight in roll)}/{total}",
            "top_ten": f"{total}/{total}",
            "gini": str(distribution((weight, 1) for weight in sorted(weight for _, weight in roll)).gini),
            "brand_affiliated": f"1/{total}",
            "delegated": f"0/{total}",
            "largest_vote": f"{max(cast.weight for cast in counted)}/{total}",
            "tokens": None,
        },
    }


def ballot_entries(
    manifest: Mapping[str, Any], casts: Sequence[Cast], result: Mapping[str, Any]
) -> list[Entry]:
    """Return what the log says of a ballot from opening to close."""
    opened = {
        "manifest_hash": sha256_hex(canonical_json(manifest)),
        "roll_hash": manifest["roll"]["hash"],
        "kind": manifest["kind"],
    }
    in_time = sorted(casts, key=lambda cast: cast.cast_at)
    return [
        entry("ballot.created", "2026-10-31T08:00:00.000Z"),
        entry("ballot.opened", manifest["opened_at"], content=opened),
        *(cast_entry(cast) for cast in in_time),
        entry("ballot.closed", result["certified_at"], commitment=sha256_hex(canonical_json(result))),
    ]


def relogged(pieces: Pieces, *, certified: bool = True) -> Pieces:
    """Let the log and, unless told otherwise, the result follow from manifest, roll and casts, as a forger would."""
    if certified:
        pieces.result = certify(pieces.manifest, pieces.roll, pieces.casts)
    noise = [each for each in pieces.log if each.body["object"]["id"] == OTHER_BALLOT]
    own = ballot_entries(pieces.manifest, pieces.casts, pieces.result)
    pieces.log = [*noise[:-1], *own, noise[-1]]
    return pieces


def cast_entry(cast: Cast, **facts: Any) -> Entry:
    """Return the entry of a cast."""
    actor = {"actor": f"member of {cast.voter}", "role": "member"}
    return entry("ballot.cast", cast.cast_at, commitment=cast.digest, **(actor | facts))


def shown_entry(served: Mapping[str, Any]) -> Entry:
    """Return an entry as the API serves it."""
    salt = served["salt"]
    return Entry(json.loads(served["body"]), served["content"], None if salt is None else bytes.fromhex(salt))
