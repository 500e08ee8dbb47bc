"""What this package costs and how its rotation behaves, measured: `python -m benchmarks.NAME`."""
