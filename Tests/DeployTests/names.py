"""Answers a name with addresses, as Docker's own DNS does for the containers of a service."""

import socket
import struct
import threading


class NameServer:
    """One name, whose addresses may change while it runs."""

    def __init__(self, address: str, name: str):
        self.addresses: list[str] = []
        self._name = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                query, asker = self._socket.recvfrom(4096)
                self._socket.sendto(self._answer(query), asker)
            except OSError:
                return

    def _answer(self, query: bytes) -> bytes:
        """RFC 1035: the header, the question again, then an A record for each address; 3 is a name unknown."""
        end = query.index(b"\0", 12) + 1
        question = query[12:end + 4]
        is_ours, kind = query[12:end].lower() == self._name, struct.unpack("!H", question[-4:-2])[0]
        found = self.addresses if is_ours and kind == 1 else []
        code = 0 if is_ours and self.addresses else 3
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        records = (b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(item) for item in found)
        return head + question + b"".join(records)
