"""Token accounts, entries and imports."""

from __future__ import annotations

import itertools

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person
from tests.support.tokens import issue

_names = itertools.count(1)

LOCKED_UNTIL = "2999-01-01T00:00:00Z"


def tokens(scene: Scene, what: str = "") -> str:
    return f"{scene.town.path}/tokens{what}"


def account(scene: Scene, owner: str = "treasury", amount: int = 10) -> tuple[str, str]:
    """Return the name and the path of a fresh account with something in it."""
    name = f"account {next(_names)}"
    body = {"name": name, "owner": owner}
    made = scene.town.owner.ok("POST", tokens(scene, "/accounts"), body)
    issue(scene.town, name, amount)
    return name, tokens(scene, f"/accounts/{made['id']}")


def bystander_id(scene: Scene) -> str:
    return scene.bystander().rsplit("/", 1)[1]


def provide(scene: Scene, person: Person) -> None:
    """Give a caller tokens of their own, if they are there to get any."""
    membership = person.memberships.get(scene.town.id)
    if membership is not None:
        scene.town.owner.call("POST", tokens(scene, "/issues"), {"to": membership, "amount": 10})


@request_for
def get_tokens(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene))


@request_for
def get_own_tokens(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/me"))


@request_for
def list_own_statement(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/me/statement"))


@request_for
def download_own_statement(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/me/statement/download"))


@request_for
def list_token_accounts(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/accounts"))


@request_for
def create_token_account(scene: Scene, _person: Person) -> Request:
    return Request("POST", tokens(scene, "/accounts"), {"name": f"account {next(_names)}"})


@request_for
def get_token_account(scene: Scene, _person: Person) -> Request:
    return Request("GET", account(scene)[1])


@request_for
def get_token_account_as_of(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{account(scene)[1]}/as_of/1")


@request_for
def assign_token_account(scene: Scene, _person: Person) -> Request:
    path = account(scene, "nobody")[1]
    return Request("POST", f"{path}/assignment", {"membership_id": bystander_id(scene)})


@request_for
def list_account_statement(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{account(scene)[1]}/statement")


@request_for
def download_account_statement(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{account(scene)[1]}/statement/download")


@request_for
def list_token_entries(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/entries"))


@request_for
def download_token_entries(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/entries/download"))


@request_for
def get_token_entry(scene: Scene, _person: Person) -> Request:
    account(scene)
    end = scene.town.owner.ok("GET", tokens(scene))["position"]
    return Request("GET", tokens(scene, f"/entries/{end}"))


@request_for
def download_token_balances(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/balances/download"))


@request_for
def issue_tokens(scene: Scene, _person: Person) -> Request:
    return Request("POST", tokens(scene, "/issues"), {"to": bystander_id(scene), "amount": 5})


@request_for
def vest_tokens(scene: Scene, _person: Person) -> Request:
    body = {"to": bystander_id(scene), "amount": 5, "starts_at": "2027-01-01T00:00:00Z", "duration": "P9D"}
    return Request("POST", tokens(scene, "/vestings"), body)


@request_for
def transfer_tokens(scene: Scene, person: Person) -> Request:
    provide(scene, person)
    return Request("POST", tokens(scene, "/transfers"), {"to": bystander_id(scene), "amount": 5})


@request_for
def lock_tokens(scene: Scene, person: Person) -> Request:
    provide(scene, person)
    return Request("POST", tokens(scene, "/locks"), {"amount": 5, "until": LOCKED_UNTIL})


@request_for
def burn_tokens(scene: Scene, _person: Person) -> Request:
    name, _ = account(scene, "nobody")
    return Request("POST", tokens(scene, "/burns"), {"from": name, "amount": 5, "reason": "So"})


@request_for
def burn_own_tokens(scene: Scene, person: Person) -> Request:
    provide(scene, person)
    return Request("POST", tokens(scene, "/me/burns"), {"amount": 5})


def balances(scene: Scene) -> str:
    """Return a file of balances that nobody has imported."""
    name, _ = account(scene, "nobody", amount=1)
    return f"account,amount\n{name},5\n"


@request_for
def import_token_balances(scene: Scene, _person: Person) -> Request:
    return Request("POST", tokens(scene, "/imports"), balances(scene))


@request_for
def preview_token_import(scene: Scene, _person: Person) -> Request:
    return Request("POST", tokens(scene, "/imports/dry-run"), balances(scene))


@request_for
def download_token_import_report(scene: Scene, _person: Person) -> Request:
    return Request("POST", tokens(scene, "/imports/dry-run/report"), balances(scene))


@request_for
def list_token_imports(scene: Scene, _person: Person) -> Request:
    return Request("GET", tokens(scene, "/imports"))
