"""How a report is told: one module a format, each with `render(report) -> str`."""
