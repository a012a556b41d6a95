"""The builds that are compared, and how: in turns, on stages that stand side by side, in one run."""

import contextlib
import pathlib
import subprocess

from ports import is_open, port_at
from waiting import eventually

from .stage import Stage
from .table import Table


class Bench:
    def __init__(self, tools: pathlib.Path, builds: dict[str, pathlib.Path], part: float):
        """`part` of the load is used; below 1 a run shows only that everything works."""
        self.tools, self.builds, self.part = tools, builds, part
        self.table = Table(is_judged=part == 1)
        self.turns = 5 if part >= 0.1 else 1

    def count(self, full: int, least: int = 1) -> int:
        return max(int(full * self.part), least)

    def seconds(self, full: float) -> str:
        return f"{max(full * self.part, 0.5):.1f}"

    @contextlib.contextmanager
    def stages(self, prepare=lambda stage: None, settings=lambda name: {}):
        """A suite of each build, all running; `prepare` is done on each, one after the other. `settings` are those of
        a build, by its name."""
        with contextlib.ExitStack() as stack:
            made = {}
            for name, binaries in self.builds.items():
                made[name] = stack.enter_context(Stage(self.tools, binaries, **settings(name)))
                prepare(made[name])
            yield made

    @contextlib.contextmanager
    def tool(self, name: str, *options: str):
        """A running program of Benchmarks/load that listens: its port and process id."""
        port = port_at("127.0.0.1")
        process = subprocess.Popen([self.tools / name, str(port), *options])
        try:
            eventually(lambda: is_open(port), 10, f"{name} listens")
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(10)

    def in_turns(self, stages: dict[str, Stage], turn, **floors) -> dict[str, dict[str, list[float]]]:
        """Takes a turn on each stage and of each floor, several times, the other way round every second time.

        `turn` and the floors give figures by name; the result holds for each name what `this`, `other`… gave, turn by
        turn."""
        takers = {**{name: (lambda stage=stage: turn(stage)) for name, stage in stages.items()}, **floors}
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in takers}
        for number in range(self.turns):
            for name in (list(takers) if number % 2 == 0 else reversed(takers)):
                taken[name].append(takers[name]())
        figures: dict[str, dict[str, list[float]]] = {}
        for name, turns in taken.items():
            for figure in turns[0]:
                figures.setdefault(figure, {})[name] = [one[figure] for one in turns]
        return figures
