"""The steps that read and change a project: its plan, its settings, its code. Nothing here runs in a request."""
