"""The report as one HTML page that needs nothing else: for a manager to read and a ticket to hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path

from django_bearer_audit.finding import Finding, Report, Severity
from django_bearer_audit.report.frame import hidden
from django_bearer_audit.report.html_style import STYLE
from django_bearer_audit.report.plain import plain
from django_bearer_audit.report.rows import ROWS
from django_bearer_audit.report.shown import shown

_SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def render(report: Report) -> str:
    title = f"Token audit of {plain(Path(report.root).resolve().name)}"
    report = shown(report)
    # Everything that comes from the audited tree is escaped, and the policy lets no script run all the same.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    parts = (
        _verdict(report),
        _matrix(report),
        _findings(report),
        _routes(report),
        _aside(report),
        _limits(report),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(title)}</h1></header>\n<main>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _verdict(report: Report) -> str:
    counts = Counter(finding.severity for finding in report.findings)
    some = f" The result is incomplete: {len(report.unread)} not read." if report.unread else ""
    if not report.findings:
        return f"<p class='verdict'>No open finding in {report.files} files.{some}</p>\n"
    told = ", ".join(f"{counts[s]} {s.name.lower()}" for s in _SEVERITIES if counts[s])
    worst = sorted({finding.row for finding in report.findings if finding.severity is Severity.HIGH})
    ways = ", ".join(ROWS[row][0] for row in worst)
    lead = "The findings rated high let an attacker get at a token, or do without one:"
    also = f" {lead} <strong>{escape(ways)}</strong>." if ways else ""
    return (
        f"<p class='verdict'><strong>{len(report.findings)}</strong> open findings ({told}) "
        f"in {report.files} files.{also}{some}</p>\n"
    )


def _matrix(report: Report) -> str:
    counts = Counter((finding.row, finding.severity) for finding in report.findings)
    head = "".join(f"<th scope='col'>{s.name.lower()}</th>" for s in _SEVERITIES)
    body = "".join(_matrix_row(row, counts) for row in ROWS)
    return (
        "<section aria-labelledby='rows'><h2 id='rows'>Where tokens fail</h2>\n<div class='wide' "
        "tabindex='0'>"
        "<table><caption>Open findings by category and severity</caption>\n<thead><tr>"
        f"<th scope='col'>The attacker can</th>{head}<th "
        f"scope='col'>open</th></tr></thead>\n<tbody>{body}</tbody>"
        "</table></div></section>\n"
    )


def _matrix_row(row: int, counts: Counter[tuple[int, Severity]]) -> str:
    way, meaning = ROWS[row]
    cells = "".join(
        f"<td class='{s.name.lower() if counts[row, s] else 'none'}'>{counts[row, s]}</td>" for s in _SEVERITIES
    )
    total = sum(counts[row, s] for s in _SEVERITIES)
    name = f"<a href='#row-{row}'>{row}. {way}</a>" if total else f"{row}. {way}"
    label = f"{name}<span class='meaning'>{meaning}</span>"
    return f"<tr><th scope='row'>{label}</th>{cells}<td>{total}</td></tr>\n"


def _findings(report: Report) -> str:
    parts = []
    for row, (way, meaning) in ROWS.items():
        mine = [finding for finding in report.findings if finding.row == row]
        if mine:
            told = "".join("".join(_finding(finding)) for finding in mine)
            head = f"<h2 id='row-{row}'>{row}. {way.capitalize()}</h2><p>{meaning}.</p>"
            parts.append(f"<section aria-labelledby='row-{row}'>{head}\n{told}</section>\n")
    return "".join(parts)


def _finding(finding: Finding) -> Iterator[str]:
    hit, severity = finding.hit, finding.severity.name.lower()
    place = escape(str(hit.where))
    yield f"<article class='finding {severity}'><h3>{escape(finding.title)}</h3>\n"
    yield f"<p class='facts'><span class='badge {severity}'>{severity}</span> <code>{place}</code> "
    yield f"<span>{finding.rule}</span> <span>{finding.cwe}</span></p>\n"
    yield f"<p>{escape(hit.message)}</p>\n<p class='attack'>{escape(hit.attack)}</p>\n"
    yield from _code(finding)
    fix = f"<pre tabindex='0' aria-label='Fix for {place}'><code>{escape(hit.fix)}</code></pre>"
    yield f"<details><summary>Fix</summary>{fix}</details>\n"
    if hit.related:
        places = ", ".join(f"<code>{escape(str(each))}</code>" for each in hit.related)
        yield f"<p class='related'>See also {places}</p>\n"
    yield "</article>\n"


def _code(finding: Finding) -> Iterator[str]:
    where = finding.where
    lines = "\n".join(f"{number:5}  {escape(line)}" for number, line in finding.code)
    if lines:
        more = f"\n       … {hidden(where)} more lines" if hidden(where) else ""
        label = f"aria-label='Code at {escape(str(where))}'"
        yield f"<pre tabindex='0' {label}><code>{lines}{more}</code></pre>\n"


def _routes(report: Report) -> str:
    head, *rows = report.routes or ((),)
    if not rows:
        return ""
    titles = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        "<section aria-labelledby='routes'><h2 id='routes'>Who may enter</h2>\n<div class='wide' "
        "tabindex='0'>"
        f"<table><caption>{len(rows)} routes and methods</caption><thead><tr>{titles}</tr></thead>\n"
        f"<tbody>{body}</tbody>"
        "</table></div></section>\n"
    )


def _aside(report: Report) -> str:
    if not report.aside and not report.assumed:
        return ""
    assumed = "".join(f"<li>Assumed: {escape(name)}. {escape(why)}</li>\n" for name, why in report.assumed)
    items = "".join(
        f"<li>{escape(each.finding.rule)} at <code>{escape(str(each.finding.where))}</code> "
        f"({escape(each.kind)}): {escape(each.reason)}</li>\n"
        for each in report.aside
    )
    return (
        f"<section aria-labelledby='aside'><h2 id='aside'>Suppressed ({len(report.aside)})</h2>\n"
        f"<ul>{assumed}{items}</ul></section>\n"
    )


def _limits(report: Report) -> str:
    notes = "".join(f"<li>{escape(note)}</li>\n" for note in report.notes)
    skipped = Counter(skip.reason.split(":")[0] for skip in report.skipped)
    left = "".join(f"<li>{count} not read: {escape(reason)}</li>\n" for reason, count in skipped.most_common())
    head = "<h2 id='limits'>How this was read</h2>"
    unread = "".join(f"<li>Incomplete: {escape(each.path)}: {escape(each.reason)}</li>\n" for each in report.unread)
    return f"<section aria-labelledby='limits'>{head}\n<ul>{notes}{unread}{left}</ul></section>\n"
