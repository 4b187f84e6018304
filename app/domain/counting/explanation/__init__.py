"""Puts a count into words a member understands. Every template stands here, ready for translation.

Each family of methods has a module of templates; :data:`TEMPLATES` holds them all. A template names the
values of its statement and how to write them:

- ``{option:name}``, ``{options:names}``: options by the names members know;
- ``{votes:number}``, ``{totals:tally}``: an exact amount of weight, options with such amounts;
- ``{mean:figure}``, ``{means:figures}``: the same for numbers that are no weight;
- ``{grade:word}``, ``{profile:words}``, ``{grades:graded}``: a grade, grades with weights, options with grades;
- ``{duels:duels}``, ``{locked:pairs}``: options with the score of a comparison, pairs of options;
- ``{round}``: the plain text.
"""

from app.domain.counting.explanation.templates import TEMPLATES
from app.domain.counting.explanation.writing import explain, readable

__all__ = ["TEMPLATES", "explain", "readable"]
