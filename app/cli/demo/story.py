"""The sample: Fizz, a lemonade, and its community, from the charter they begin with to what was kept of it."""

from __future__ import annotations

from app.cli.demo.chapters import (
    amendment,
    charity_vote,
    contest,
    evidence,
    founding,
    product_vote,
    promises,
    secret_vote,
    verification,
    weight,
)
from app.cli.demo.findings import Finding
from app.cli.demo.portal import Portal
from app.cli.demo.scene import Scene
from app.cli.demo.terminal import Terminal


def tell(terminal: Terminal, portal: Portal) -> list[Finding]:
    """Tell it chapter by chapter; return everything that was looked at."""
    scene = Scene(terminal, portal)
    founding.tell(scene)
    charity = charity_vote.open_it(scene)
    amendment.tell(scene, meanwhile=charity)
    product = product_vote.tell(scene)
    charity_vote.close_it(scene, charity)
    promises.tell(scene, product, charity)
    contest.tell(scene)
    weight.tell(scene)
    secret = secret_vote.tell(scene)
    verification.tell(scene)
    evidence.tell(scene, product, secret)
    return scene.findings
