"""Counts the work that is handed in by POST, and shows the count."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    done = 0

    def do_POST(self):
        Handler.done += 1
        self.do_GET()

    def do_GET(self):
        body = f"pieces done: {Handler.done}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


print("web is open")
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
