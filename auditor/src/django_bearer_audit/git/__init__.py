"""Reads commits and files of a git repository without git: no program is started, and no configuration is obeyed.

What git does is decided by the repository it finds: by its configuration it fetches, filters and starts programs. The
auditor asks one thing, what a file was at a revision, and reads that from the objects themselves (gitformat-pack,
gitformat-index, gitrepository-layout).
"""
