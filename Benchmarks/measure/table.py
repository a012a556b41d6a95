"""The table: what was measured, what was reached, what was wanted."""


class Table:
    def __init__(self):
        self.rows: list[tuple[str, str, str, str]] = []
        self.all_reached = True

    def add(self, what: str, reached: str, wanted: str = "", is_reached: bool | None = None):
        """`is_reached` is None for a figure that is only reported."""
        self.rows.append((what, reached, wanted, {None: "–", True: "yes", False: "NO"}[is_reached]))
        self.all_reached &= is_reached is not False
        print(f"    {what}: {reached}" + (f" (wanted {wanted})" if wanted else ""), flush=True)

    def text(self) -> str:
        rows = [("measured", "reached", "wanted", "ok"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join(lines)


def thousands(number: float) -> str:
    return f"{number / 1000:.1f} k" if number < 1_000_000 else f"{number / 1_000_000:.2f} M"
