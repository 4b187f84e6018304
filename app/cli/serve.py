"""``flask serve``."""
import click


@click.command("serve")
def serve() -> None:
    """Serve."""
