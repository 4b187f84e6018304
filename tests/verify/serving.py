"""A folder served over HTTP for as long as a test needs it."""

import functools
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder; asks for a token where one is set, and can answer everything with one status."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        if server.token is not None and self.headers["Authorization"] != f"Bearer {server.token}":
            self.send_error(401)
        elif server.status is not None:
            self.send_response(server.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@contextmanager
def served(folder, *, token=None, status=None):
    """Serve a folder; yield its address, with a list of the paths that were asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    server.token, server.status, server.asked = token, status, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.asked
    finally:
        server.shutdown()
        server.server_close()
