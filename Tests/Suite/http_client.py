"""Asking a suite over HTTP, and signing in."""

import json
import urllib.error
import urllib.request


def request(port: int, path: str, body: dict | None = None, cookie: str = "", headers: dict | None = None):
    """Status, headers and body of an answer; status 0 when nobody listens."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json", "Cookie": cookie, **(headers or {})})
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except OSError:
        return 0, {}, b""


def is_ready(health_port: int) -> bool:
    return request(health_port, "/readyz")[0] == 200


def sign_in(port: int, user: str) -> str:
    """The session's cookie of a user of the demo's directory."""
    status, headers, body = request(port, "/api/chat/join", {"user_id": user})
    assert status == 200, f"{user} cannot sign in: {status} {body}"
    return headers["Set-Cookie"].split(";")[0]
