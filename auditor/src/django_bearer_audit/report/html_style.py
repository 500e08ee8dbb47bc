"""The look of the HTML report: light and dark, readable on paper, nothing loaded from elsewhere."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #f3f4f6; --line: #d0d7de;
  --high: #a40e26; --medium: #7a4a00; --low: #24527a; --quiet: #57606a; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #161b22;
  --line: #30363d;  --high: #ff8f88; --medium: #e3b341; --low: #79c0ff; --quiet: #9ba5b0; --link: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
h1 { margin: 2rem 0 .5rem; font-size: 1.8rem; line-height: 1.2; } h2 { margin: 2.5rem 0 .5rem; }
h3 { margin: 0 0 .25rem; font-size: 1.05rem; }
a { color: var(--link); } a:focus-visible, [tabindex]:focus-visible, summary:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px; }
.verdict { font-size: 1.15rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; }
th, td { text-align: left; padding: .45rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { border-bottom: 2px solid var(--ink); } tbody th { font-weight: 600; }
.meaning { display: block; font-weight: 400; color: var(--quiet); font-size: .9rem; }
td.high { color: var(--high); font-weight: 700; } td.medium { color: var(--medium); font-weight: 700; }
td.low { color: var(--low); font-weight: 700; } td.none { color: var(--quiet); }
.finding { border: 1px solid var(--line); border-left-width: 6px; border-radius: 6px; padding: 1rem 1.2rem;
  margin: 1rem 0; break-inside: avoid; }
.finding.high { border-left-color: var(--high); } .finding.medium { border-left-color: var(--medium); }
.finding.low { border-left-color: var(--low); }
.finding p { margin: .4rem 0; } .facts, .related { color: var(--quiet); font-size: .9rem; }
.facts span, .facts code { margin-right: .6rem; overflow-wrap: anywhere; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem; font-weight: 600; }
.badge.high { color: var(--high); } .badge.medium { color: var(--medium); } .badge.low { color: var(--low); }
.attack { font-style: italic; }
pre { background: var(--soft); border-radius: 6px; padding: .7rem; overflow-x: auto; font-size: .85rem; }
code { font-family: ui-monospace, monospace; }
summary { cursor: pointer; font-weight: 600; }
@media (max-width: 34rem) { table { font-size: .9rem; } th, td { padding: .4rem .35rem; }
  .meaning { font-size: .85rem; } }
@media print { details > * { display: block; } .finding { border-color: #999; } }
"""
