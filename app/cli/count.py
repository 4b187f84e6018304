"""``flask count``: a file of votes counted at the command line, round by round."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.domain.counting import METHODS
from app.domain.errors import Refusal
from app.domain.interchange.files import FileFormat
from app.services.ballots.votes_files import count_file, read_file

#: By the ending of the file's name; PrefLib's endings say what its votes are.
_ENDINGS = dict.fromkeys(("soc", "soi", "toc", "toi", "cat"), FileFormat.PREFLIB) | {
    form.value: form for form in FileFormat
}


@click.command("count")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "name", type=click.Choice([form.value for form in FileFormat]), help="Else by its name."
)
@click.option("--method", type=click.Choice(list(METHODS)), help="Else the usual one for what the votes say.")
@click.option("--seats", type=click.IntRange(1, 100), help="Else those of the file, else one.")
def count(path: Path, name: str | None, method: str | None, seats: int | None) -> None:
    """Count the votes in PATH (BLT, PrefLib, ABIF or Pabulib) and say how it came about.

    Ties fall by the order of the file's options.
    """
    form = FileFormat(name) if name else _ENDINGS.get(path.suffix.removeprefix(".").lower())
    if form is None:
        sys.exit(f"Nothing in the name {path.name} says its format: give --format.")
    try:
        votes = read_file(form, path.read_bytes())
        counted = count_file(votes, method=method, seats=seats, stated_order=True)
    except Refusal as refused:
        sys.exit(str(refused))
    click.echo(f"{counted['title'] or path.name}: {counted['weight']} votes, {counted['method']}")
    for sentence in counted["explanation"]:
        click.echo(sentence)
