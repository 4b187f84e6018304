"""The chapters of the story, one module each, in the order in which :mod:`app.cli.demo.story` tells them."""
