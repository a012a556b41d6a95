"""A port that one test was given is given to no other, also before anybody listens on it."""

import subprocess
import sys

import ports
from places import ROOT

ASK = """
import sys
from ports import free_port, port_at
print(*[free_port() for _ in range(4)], *[port_at("127.0.0.1") for _ in range(4)], flush=True)
sys.stdin.read()
"""


def test_tests_that_run_beside_each_other_are_given_different_ports():
    asked = [subprocess.Popen([sys.executable, "-c", ASK], cwd=ROOT / "Tests/Suite", text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(6)]
    given = [port for process in asked for port in process.stdout.readline().split()]
    for process in asked:
        process.communicate()
    assert len(given) == 48 and len(set(given)) == 48


def test_ports_are_not_those_that_connections_are_given():
    lowest = int(open("/proc/sys/net/ipv4/ip_local_port_range").read().split()[0])
    highest = max(ports.free_port(), ports.port_at("127.0.0.1")) + 20
    assert highest < lowest
