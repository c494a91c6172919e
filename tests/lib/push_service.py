#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A push service and a browser by other hands than ours: http_ece opens what
arrives, and py_vapid verifies who sends it.

usage: push_service.py PORT CERTIFICATE KEY

It is a proxy (HTTP CONNECT) to itself, whichever host is wanted. The first line
that it prints has the keys of its browser; then comes one for each message."""
import base64
import json
import socketserver
import ssl
import sys
from http.server import BaseHTTPRequestHandler

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

AUTH = bytes(range(16))
browser = ec.generate_private_key(ec.SECP256R1())
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def say(what):
    print(json.dumps(what), flush=True)


class Push(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        proof = self.headers["Authorization"].replace(", ", ",")
        claims = proof.split(".")[1]
        say({
            "host": self.headers["Host"],
            "vapid": Vapid02.verify(proof),
            "claims": json.loads(base64.urlsafe_b64decode(claims + "==")),
            "message": json.loads(http_ece.decrypt(
                body, private_key=browser, auth_secret=AUTH)),
        })
        self.send_response(201)
        self.send_header("Location", "https://push.example.org/m/1")
        self.send_header("Content-Length", "0")
        self.end_headers()


class Tunnel(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1) or sys.exit()
        self.request.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
        with tls.wrap_socket(self.request, server_side=True) as inner:
            Push(inner, self.client_address, self.server)


class Service(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
    with Service(("127.0.0.1", int(sys.argv[1])), Tunnel) as service:
        say({"p256dh": base64url(browser.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint)),
            "auth": base64url(AUTH)})
        service.serve_forever()
