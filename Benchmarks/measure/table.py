"""The table: what was measured, in each build and in the floor, and what was wanted of the ratios."""

import operator
import re
import statistics

COMPARED = {"≤": operator.le, "≥": operator.ge}
WANTED = re.compile(r"([≤≥]) ([0-9.]+)(?: × (\w+))?$")
COLUMNS = ("measured", "this", "other", "floor", "wanted", "reached", "ok")


class Table:
    def __init__(self, is_judged: bool):
        """Nothing is judged in a run with a smaller load: its figures mean nothing."""
        self.is_judged = is_judged
        self.rows: list[tuple[str, ...]] = []
        self.all_reached = True

    def add(self, what: str, taken: dict[str, list[float]], *wanted: str, show=lambda figure: f"{figure:.1f}"):
        """What was taken of `this`, `other` and `floor`, turn by turn. The median is shown; a ratio is the median of the
        turns' ratios, because two turns that follow each other found the machine equally busy. Their range shows the noise.

        `wanted` are sentences like `≤ 5` (of this build) or `≥ 1.8 × other`; one about what was not taken says nothing."""
        figures = {name: statistics.median(turns) for name, turns in taken.items()}
        this = figures["this"]
        each = {name: [ours / theirs for ours, theirs in zip(taken["this"], taken[name])]
                for name in ("other", "floor") if name in taken and all(taken[name])}
        ratios = {name: statistics.median(turns) for name, turns in each.items()}
        asked = [(sentence, WANTED.match(sentence).groups()) for sentence in wanted]
        asked = [(sentence, facts) for sentence, facts in asked if not facts[2] or facts[2] in ratios]
        results = [COMPARED[sign](ratios[name] if name else this, float(limit)) for _, (sign, limit, name) in asked]
        verdict = ("yes" if all(results) else "NO") if results and self.is_judged else "–"
        self.all_reached &= verdict != "NO"
        row = (what, *(show(figures[name]) if name in figures else "" for name in ("this", "other", "floor")),
               ", ".join(sentence for sentence, _ in asked),
               ", ".join(f"{ratio:.2f} × {name} ({min(each[name]):.2f}–{max(each[name]):.2f})"
                         for name, ratio in ratios.items()), verdict)
        self.rows.append(row)
        print("    " + "; ".join(f"{name} {cell}" if name != "measured" else cell
                                 for name, cell in zip(COLUMNS, row) if cell), flush=True)

    def text(self) -> str:
        rows = [COLUMNS, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join(lines)


def thousands(number: float) -> str:
    return f"{number / 1000:.1f} k" if number < 1_000_000 else f"{number / 1_000_000:.2f} M"


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs"
