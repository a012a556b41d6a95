"""A plain connection to Redis: pipelines of commands, replies as Python values."""

import socket


def encoded(*words) -> bytes:
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


class RedisLink:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        return self.pipeline([words])[0]

    def pipeline(self, commands) -> list:
        commands = list(commands)
        self.send(b"".join(encoded(*command) for command in commands))
        return [self._reply() for _ in commands]

    def send(self, commands: bytes):
        """Commands that are encoded already; their replies are to be read, or passed over."""
        self.socket.sendall(commands)

    def pass_over(self, count: int):
        """Reads the next replies without making values of them; the first error is raised."""
        for _ in range(count):
            line = self.file.readline()
            if line[:1] == b"-":
                raise RuntimeError(line[1:-2].decode())
            if line[:1] == b"$" and line[:2] != b"$-":
                self.file.read(int(line[1:]) + 2)
            elif line[:1] == b"*":
                self.pass_over(int(line[1:]))

    def next(self):
        """What a subscription hears next."""
        return self._reply()

    def _reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        length = int(rest)
        if length < 0:
            return None
        if kind == b"$":
            return self.file.read(length + 2)[:-2]
        return [self._reply() for _ in range(length)]
