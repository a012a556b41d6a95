"""Checks of docker-compose.yml that no schema makes: what must hold so that services can be scaled and hold nothing
they do not need. Usage: check_compose.py docker-compose.yml"""

import pathlib
import subprocess
import sys
import tempfile

from ruamel.yaml import YAML

SERVICES = {line.split()[0] for line in pathlib.Path(__file__).with_name("services").read_text().splitlines()}
SCALED = SERVICES - {"integration"}


def problems(path: pathlib.Path):
    compose = YAML(typ="safe").load(path.read_text())
    services, secrets = compose["services"], compose["secrets"]

    for name in SERVICES | {"redis", "proxy"}:
        if name not in services:
            yield f"there is no service {name}"
    for name, service in services.items():
        if "container_name" in service:
            yield f"{name}: container_name forbids scaling"
        if name in SERVICES and service.get("ports"):
            yield f"{name}: a fixed port forbids scaling; the proxy publishes"
        if service.get("read_only") is not True:
            yield f"{name}: the root file system must be read-only"
        if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
            yield f"{name}: must drop all capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: must forbid new privileges"
        if not service.get("restart"):
            yield f"{name}: says nothing about restarts"
        for other, condition in dict(service.get("depends_on", {})).items():
            if condition.get("condition") != "service_healthy":
                yield f"{name}: must wait until {other} is healthy"
        for key, value in service.get("environment", {}).items():
            if any(word in key for word in ("SECRET", "PASS", "TOKEN")) and not key.endswith("_FILE"):
                yield f"{name}: {key} must be a file, not a value ({value})"
            if str(value).startswith("/run/secrets/") and value.removeprefix("/run/secrets/") not in service["secrets"]:
                yield f"{name}: {key} names a secret that the service is not given"
        yield from (f"{name}: secret {s} is not declared" for s in service.get("secrets", []) if s not in secrets)
    for name in SERVICES:
        if services[name].get("depends_on", {}).get("redis") is None:
            yield f"{name}: must wait for redis"
        if "stop_grace_period" not in services[name]:
            yield f"{name}: has no stop_grace_period"
    for image in (s["image"] for s in services.values()):
        if image.endswith(":latest") or ":" not in image:
            yield f"{image}: name a version"

    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["deploy/make-secrets", directory], check=True, stdout=subprocess.DEVNULL)
        made = {file.name for file in pathlib.Path(directory).iterdir()}
    yield from (f"deploy/make-secrets does not make {name}" for name in secrets if name not in made)
    yield from (f"nothing declares the secret {name} of deploy/make-secrets" for name in made - set(secrets))


def main() -> int:
    found = list(problems(pathlib.Path(sys.argv[1])))
    print("\n".join(found) if found else "compose: scalable, least privilege, secrets as files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
