"""An endpoint for several regions, each of which is a local cloud of its own, with a clock of its
own.

What goes through is not looked at beyond the region that it is signed for, so signatures hold: they
are made over the address that the client was given, which is the router's.
"""

import http.client
import http.server
import re
import threading


class Router:
    """`with Router({region: url}) as router:` clients use `router.url`."""

    def __init__(self, urls):
        places = {region: url.removeprefix("http://") for region, url in urls.items()}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                pass_on(self, places)

            do_GET = do_PUT = do_HEAD = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def pass_on(handler, places):
    """One request to the place of its region, and the answer back."""
    body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    region = re.search(r"Credential=[^/]+/\d+/([^/]+)/", handler.headers["Authorization"])[1]
    place = http.client.HTTPConnection(places[region], timeout=60)
    place.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
    for name, value in handler.headers.items():
        place.putheader(name, value)
    place.endheaders(body)
    answer = place.getresponse()
    text = answer.read()
    handler.send_response_only(answer.status)
    for name, value in answer.getheaders():
        if name.lower() not in ("content-length", "transfer-encoding", "connection"):
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)
    place.close()
