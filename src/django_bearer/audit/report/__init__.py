"""The report formats, one file each: a function from a Report to text."""
