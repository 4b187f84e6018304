"""What a request of the matrix is, and where the requests of all features are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.api.matrix.scene import Scene
from tests.support.portal import Person


@dataclass
class Request:
    """A request in which nothing is wrong but, perhaps, who sends it."""

    method: str
    path: str
    body: Any = None
    if_match: str | None = None
    #: Of a body that is text.
    content_type: str | None = None

    def send(self, person: Person) -> TestResponse:
        options = {} if self.if_match is None else {"if_match": self.if_match}
        if self.content_type is not None:
            options["content_type"] = self.content_type
        return person.call(self.method, self.path, self.body, **options)


#: How to make the right request for each operation: (scene, who will send it) -> request.
REQUESTS: dict[str, Callable[[Scene, Person], Request]] = {}


def request_for(function: Callable[[Scene, Person], Request]) -> Callable[[Scene, Person], Request]:
    """Register the request of the operation that the function is named after."""
    REQUESTS[function.__name__] = function
    return function
