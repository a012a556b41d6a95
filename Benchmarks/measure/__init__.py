"""Measures the suite; run through `Benchmarks/run`."""
