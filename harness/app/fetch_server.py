"""A web server with bad habits, for fetch_test.sh.

usage: fetch_server.py FOLDER LOG

Serves FOLDER on a port of 127.0.0.1 that the system chooses and prints it.
The first part of a path is the habit, the rest the file:

  plain       Range with If-Range, ETag
  norange     ignores Range
  notag       neither ETag nor Last-Modified
  cut/N       closes after N bytes of the body, once for each path
  reset/N     resets the connection after N bytes, once for each path
  busy/N      answers 503 N times first
  nolength    says no Content-Length
  claims/N    says that the file has N bytes
  moved/N     N redirects, then the file
  to          redirects to the URL that ?url= holds
  newtag      another ETag for every answer
  askew       a range that was not asked for
  other       ignores If-Range: a range of a file with another ETag
  pieces/N    ranges of at most N bytes, and as much where none is asked for
  nothing     ranges without a body
  rawtag      an ETag that is no text
  html        says that it is a web page
  endless/N   status N and a body without end
  broken/N    status N and less of the body than announced
  chunks      a body in chunks that ends after 1000 bytes
A line of LOG for each request: path, Range, status, bytes sent.
"""
import http.server
import os
import socket
import struct
import sys
import threading
import urllib.parse

FOLDER, LOG = sys.argv[1], open(sys.argv[2], "a", buffering=1)
SEEN = {}
LOCK = threading.Lock()


def times(key):
    with LOCK:
        SEEN[key] = SEEN.get(key, 0) + 1
        return SEEN[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, status, sent=0):
        LOG.write(f"{self.path} {self.headers.get('Range', '-')} {status} {sent}\n")

    def empty(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.note(status)

    def redirect(self, habit, number, rest, query):
        if habit == "to":
            self.empty(302, Location=query["url"][0])
        elif number > 0:
            self.empty(302, Location=f"/moved/{number - 1}/{'/'.join(rest)}")
        else:
            return False
        return True

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        habit, *rest = urllib.parse.unquote(url.path).strip("/").split("/")
        number = 0
        if habit in ("cut", "reset", "busy", "claims", "moved", "pieces",
                     "endless", "broken"):
            number, rest = int(rest[0]), rest[1:]
        if habit in ("to", "moved") and self.redirect(
                habit, number, rest, urllib.parse.parse_qs(url.query)):
            return
        if habit == "busy" and times(self.path) <= number:
            return self.empty(503, Retry_After="0")
        if habit in ("endless", "broken", "chunks"):
            return self.never_whole(habit, number or 200)
        path = os.path.join(FOLDER, *rest)
        if not os.path.isfile(path):
            return self.empty(404)
        with open(path, "rb") as file:
            self.answer(habit, number, file.read())

    def never_whole(self, habit, status):
        self.close_connection = True
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/plain/big.bin")
            self.send_header("Content-Length", str(1 << 40))
        if habit == "broken":
            self.send_header("Content-Length", "1000")
        if habit == "chunks":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.note(status)
        block = b"3e8\r\n" + bytes(1000) + b"\r\n" if habit == "chunks" else bytes(500)
        self.wfile.write(block)
        while habit == "endless":
            self.wfile.write(bytes(1 << 16))

    def answer(self, habit, number, body):
        tag = f'"{len(body)}-{times("tag") if habit == "newtag" else 0}"'
        tag = {"other": '"other"', "rawtag": '"\xff"'}.get(habit, tag)
        start = 0
        wanted = self.headers.get("Range")
        fresh = self.headers.get("If-Range") in (None, tag) or habit == "other"
        if wanted and fresh and habit != "norange":
            start = int(wanted.split("=")[1].rstrip("-"))
            if start >= len(body):
                return self.empty(416, Content_Range=f"bytes */{len(body)}")
        if start and habit == "askew":
            start -= 1
        piece = body[start:start + number] if habit == "pieces" else body[start:]
        status = 206 if start or habit == "pieces" else 200
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range",
                             f"bytes {start}-{start + len(piece) - 1}/{len(body)}")
        if habit == "html":
            self.send_header("Content-Type", "Text/HTML; charset=utf-8")
        if habit != "notag":
            self.send_header("ETag", tag)
        if habit == "nothing" and start:
            piece = b""
        if habit == "nolength" or (habit == "nothing" and start):
            self.close_connection = True
        else:
            self.send_header("Content-Length",
                             str(number if habit == "claims" else len(piece)))
        self.end_headers()
        if habit in ("cut", "reset") and times(self.path) == 1:
            piece = piece[:number]
            self.close_connection = True
        self.wfile.write(piece)
        self.wfile.flush()
        self.note(status, len(piece))
        if habit == "claims":
            self.close_connection = True
        if habit == "reset" and len(piece) == number:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.connection.close()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):  # clients that leave are what is tested
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
