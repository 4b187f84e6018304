"""How much of a request's body waitress reads: as much as the operation that is asked for takes."""

from __future__ import annotations

import copy
from typing import Any

import waitress.channel
import waitress.parser
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.http.api import Api

#: A body a little over the limit reaches the application, which answers 413 as a problem document; a server
#: of itself would answer in plain text.
BODY_HEADROOM = 65_536


def channel_class(app: Flask) -> type[waitress.channel.HTTPChannel]:
    """Return waitress's channel with a limit for each request: one for all would be that of the largest import."""
    api: Api = app.extensions["althing.api"]
    most = {name: operation.most_bytes for name, operation in api.operations.items()}
    usual = app.config["MAX_CONTENT_LENGTH"]
    urls = app.url_map.bind("")

    def limit(method: str, path: str) -> int:
        try:
            endpoint, _ = urls.match(path, method)
        except (HTTPException, RequestRedirect):
            return int(usual)
        return int(most.get(endpoint.rpartition(".")[2]) or usual)

    class Parser(waitress.parser.HTTPRequestParser):
        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.content_length or self.chunked:
                own: Any = copy.copy(self.adj)
                own.max_request_body_size = limit(self.command, self.path) + BODY_HEADROOM
                self.adj = own

    class Channel(waitress.channel.HTTPChannel):
        parser_class = Parser

    return Channel
