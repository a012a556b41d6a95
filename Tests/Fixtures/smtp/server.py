"""A real SMTP server for tests, on aiosmtpd. Prints one JSON line with its port, logs each message as a JSON line.

What it does with a message is asked for by the recipient's local part; a number limits it to the first so many times:

  gone      550 to RCPT                     busy2    451 to RCPT, twice
  refuse    554 after the content           later1   451 after the content, once
  hang1     takes it, never answers         drop1    takes it, closes without an answer

And by the sender's: unwanted 550 to MAIL, unready1 451 to MAIL, once. By the name in EHLO: stranger.test 550.
"""

import argparse
import asyncio
import base64
import email
import json
import re
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, log):
        self.log = log
        self.counts = {}

    def wanted(self, address, word):
        match = re.match(word + r"(\d*)(?:[^a-z0-9].*)?$", address.split("@")[0])
        if not match:
            return False
        if not match.group(1):
            return True
        self.counts[address] = self.counts.get(address, 0) + 1
        return self.counts[address] <= int(match.group(1))

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return ["550 5.7.1 not from there"] if hostname == "stranger.test" else responses

    async def handle_HELO(self, server, session, envelope, hostname):
        session.host_name = hostname
        return "550 5.7.1 not from there" if hostname == "stranger.test" else f"250 {server.hostname}"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.wanted(address, "unwanted"):
            return "550 5.7.1 sender not allowed"
        if self.wanted(address, "unready"):
            return "451 4.7.1 greylisted"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.wanted(address, "gone"):
            return "550 5.1.1 no such user"
        if self.wanted(address, "busy"):
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            if self.wanted(address, "refuse"):
                return "554 5.6.0 not with that content"
            if self.wanted(address, "later"):
                return "451 4.3.2 shutting down"
        message = email.message_from_bytes(envelope.content)
        parts = {
            part.get_content_type(): part.get_payload(decode=True).decode("utf-8")
            for part in message.walk()
            if not part.is_multipart()
        }
        self.log.write(
            json.dumps(
                {
                    "connection": session.peer[1],
                    "sender": envelope.mail_from,
                    "recipients": envelope.rcpt_tos,
                    "message_id": message["Message-ID"],
                    "subject": str(email.header.make_header(email.header.decode_header(message["Subject"] or ""))),
                    "text": parts.get("text/plain", ""),
                    "html": parts.get("text/html", ""),
                    "encrypted": session.ssl is not None,
                    "user": session.auth_data.login.decode() if session.auth_data else None,
                    "content": base64.b64encode(envelope.original_content).decode(),
                }
            )
            + "\n"
        )
        self.log.flush()
        for address in envelope.rcpt_tos:
            if self.wanted(address, "hang"):
                await asyncio.sleep(3600)
            if self.wanted(address, "drop"):
                server.transport.abort()
                await asyncio.sleep(3600)
        return "250 OK queued"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", required=True)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--silent", action="store_true", help="accepts connections and never says a word")
    arguments = parser.parse_args()

    context = None
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.certificate, arguments.key)

    def authenticate(server, session, envelope, mechanism, data):
        good = data.login.decode() == arguments.user and data.password.decode() == arguments.password
        return AuthResult(success=good, handled=good, auth_data=data)

    handler = Handler(open(arguments.log, "a", encoding="utf-8"))

    def connection():
        if arguments.silent:
            return asyncio.Protocol()
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=context,
            require_starttls=context is not None,
            authenticator=authenticate if arguments.user else None,
            auth_required=arguments.user is not None,
            auth_require_tls=context is not None,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", arguments.port)
    with open(arguments.log + ".port", "w", encoding="utf-8") as file:
        file.write(str(server.sockets[0].getsockname()[1]) + "\n")
    await server.serve_forever()


asyncio.run(main())
