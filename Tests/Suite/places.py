"""Where things are, and which services there are: by scripts/lib/services, as scripts/run starts them."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("SQUADCHAT_BIN") or ROOT / ".build/debug").resolve()
FIXTURES = ROOT / "Tests/Fixtures"
WEB = ROOT / "Services/gateway/Web"

# In start order: how far the port for health and metrics is from the suite's port.
SERVICES = {name: int(offset) for name, offset in map(str.split, (ROOT / "scripts/lib/services").read_text().splitlines())}
