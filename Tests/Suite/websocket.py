"""A small WebSocket client over the standard library: enough to speak the frames of `/ws` in tests and benchmarks."""

import base64
import json
import os
import socket
import struct


class WebSocket:
    """One open socket of a signed-in user; JSON in, JSON out."""

    def __init__(self, port: int, cookie: str = "", timeout: float = 10):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout)
        self.connection.sendall(
            (f"GET /ws HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
             f"Cookie: {cookie}\r\n\r\n").encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self._read()
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise ConnectionError(head.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, frame: dict):
        payload, mask = json.dumps(frame).encode(), os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.connection.sendall(self._head(0x81, len(payload)) + mask + masked)

    def receive(self) -> dict:
        """The next frame; answers pings on the way."""
        while True:
            opcode, payload = self._frame()
            if opcode == 1:
                return json.loads(payload)
            if opcode == 8:
                raise ConnectionError(f"closed: {struct.unpack('!H', payload[:2])[0] if payload else 'no code'}")
            if opcode == 9:
                mask = os.urandom(4)
                masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
                self.connection.sendall(self._head(0x8A, len(payload)) + mask + masked)

    def receive_until(self, wanted) -> dict:
        """The first frame for which `wanted(frame)` is true; the others are passed over."""
        while not wanted(frame := self.receive()):
            pass
        return frame

    def ask(self, number, event: str, data: dict) -> dict:
        """Sends a frame and returns its answer."""
        self.send({"id": number, "event": event, "data": data})
        return self.receive_until(lambda frame: frame.get("id") == number)

    @staticmethod
    def _head(first: int, length: int) -> bytes:
        if length < 126:
            return bytes([first, 0x80 | length])
        return bytes([first, 0x80 | 126]) + struct.pack("!H", length)

    def _read(self):
        got = self.connection.recv(1 << 16)
        if not got:
            raise ConnectionError("the server closed the connection")
        self.bytes += got

    def _take(self, count: int) -> bytes:
        while len(self.bytes) < count:
            self._read()
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def _frame(self) -> tuple[int, bytes]:
        first, length = self._take(2)
        if length == 126:
            length, = struct.unpack("!H", self._take(2))
        elif length == 127:
            length, = struct.unpack("!Q", self._take(8))
        return first & 15, self._take(length)
