"""What docker-compose.yml makes of the variables an operator sets, and above all of those that were forgotten."""

import re
import subprocess

import pytest
from compose import environment, services, variables_of
from places import BINARIES, ROOT


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    directory = tmp_path_factory.mktemp("secrets")
    subprocess.run([ROOT / "deploy/make-secrets", directory], check=True, stdout=subprocess.DEVNULL)
    return directory


def test_a_secret_of_ones_own_can_be_put_in_and_read_by_the_containers(tmp_path):
    make = [ROOT / "deploy/make-secrets", tmp_path / "secrets"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    key = tmp_path / "secrets/jwt_key"
    assert key.stat().st_mode & 0o200
    key.unlink()
    key.touch(mode=0o600)
    key.write_text("our own")
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    assert key.read_text() == "our own"
    assert all(file.stat().st_mode & 0o004 for file in key.parent.iterdir())
    assert key.parent.stat().st_mode & 0o077 == 0


def refusal(name: str, secrets, **variables: str) -> str:
    """What a service says that ends before it begins."""
    service = subprocess.run(
        [BINARIES / name], env=environment(services(**variables)[name], secrets), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=20)
    assert service.returncode in (1, 2), service
    return service.stderr


def test_a_mail_password_never_leaves_in_clear_because_a_variable_was_forgotten():
    notifier = services(SMTP_HOST="smtp.example.com", SMTP_USER="squad-chat")["notifier"]["environment"]
    assert (notifier["SMTP_PORT"], notifier["SMTP_TLS"]) == ("587", "starttls")


def test_only_the_demo_with_its_mail_catcher_sends_in_clear():
    demo = variables_of("deploy/demo.env")
    catcher = services()[demo["SMTP_HOST"]]
    assert demo["SMTP_TLS"] == "none" and catcher["profiles"] == [demo["COMPOSE_PROFILES"]]
    assert all(port.startswith("127.0.0.1:") for port in catcher["ports"])


@pytest.mark.parametrize("variables", [{}, variables_of("deploy/demo.env")], ids=["without", "demo.env"])
def test_the_demo_is_published_on_this_machine_only(variables):
    stack = services(**variables)
    assert stack["gateway"]["environment"]["DEMO_MODE"] == "1"
    assert stack["proxy"]["ports"] == ["127.0.0.1:5000:5000"]


@pytest.mark.parametrize("variables", [
    {"PUBLISH": "0.0.0.0:5000"}, {"PUBLISH": "5000"}, {"PUBLISH": "192.0.2.7:80", "DEMO_MODE": "1"},
], ids=str)
def test_a_gateway_refuses_to_serve_the_demo_to_the_world(secrets, variables):
    assert "DEMO_PUBLISHED" in refusal("gateway", secrets, **variables)


def test_a_gateway_of_production_wants_to_know_who_signs_people_in(secrets):
    assert "JWT_ALGORITHM" in refusal("gateway", secrets, PUBLISH="0.0.0.0:5000", DEMO_MODE="0")


def test_the_proxy_has_descriptors_for_all_its_connections():
    most = int(re.search(r"maxconn (\d+)", (ROOT / "deploy/haproxy/haproxy.cfg").read_text())[1])
    # To a client and to a gateway; HAProxy counts 46 more for itself, and ends when it is refused one of them.
    assert services()["proxy"]["ulimits"]["nofile"] >= 2 * most + 1000
