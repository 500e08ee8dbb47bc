"""Break each rule of the browser client, one at a time. Its tests must fail each time."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools import client

MUTANTS: tuple[tuple[str, str, str], ...] = (
    ("client.ts", "if (!covers(reach, urlOf(request))) return platform.fetch(request);", ""),
    ("client.ts", "covers(reach, urlOf(request))", "covers(reach, request.url)"),
    ("client.ts", "covers(reach, urlOf(request))", "covers(api, urlOf(request))"),
    (
        "client.ts",
        'const token = own(members, "access_token");',
        'const [token] = [own(members, "access_token")];',
    ),
    ("tabs.ts", 'const token = own(said, "token");', 'const [token] = [own(said, "token")];'),
    ("platform.ts", "urlOrigin(found) as string", "found.origin"),
    ("platform.ts", "urlPath(found) as string", "found.pathname"),
    ("decisions.ts", "!startsWith(asked.pathname, api.pathname)", "!asked.pathname.startsWith(api.pathname)"),
    ("decisions.ts", "Math.min(MOST_PAUSE, retryAfter * 1000)", "retryAfter * 1000"),
    ("tabs.ts", "Math.min(left, MOST_PAUSE)", "left"),
    ("client.ts", 'if (request.mode === "no-cors") throw', "if (false) throw"),
    (
        "client.ts",
        'mount = "auth/", client = "first-party", timeout = 15_000 } = only(options)',
        'mount = "auth/", client = "first-party", timeout = 15_000 } = options',
    ),
    ("client.ts", 'browser(own(options, "fetch") as typeof fetch | undefined)', "browser(options.fetch)"),
    ("client.ts", 'own(options, "signal") as AbortSignal | undefined', "options?.signal"),
    ("client.ts", "only<RequestInit>({", "({"),
    ("client.ts", "if (!maySend(made, page, sessionNow())) throw sessionChanged();", ""),
    ("client.ts", "const made = page;", "const made = null;"),
    ("client.ts", "page ??= grant.session;", "page = grant.session;"),
    ("client.ts", "    page = null;\n    take(members);", "    take(members);"),
    ("client.ts", "      page = null;\n      end();", "      end();"),
    ("client.ts", "if (seen !== status || id !== sessionNow()) return false;", ""),
    ("client.ts", "      page = id;\n", ""),
    ("client.ts", "granted: (grant) => doubt || adopt(grant)", "granted: (grant) => adopt(grant)"),
    ("client.ts", "      if (doubt) return;\n", ""),
    ("client.ts", "else if (session === null) renew().catch(() => {});", "else if (session === null) leave();"),
    ("client.ts", "else if (session === null) renew().catch(() => {});", ""),
    ("client.ts", "    due = false;\n", ""),
    ("client.ts", "    due = true;\n", ""),
    ("client.ts", "if (mayReplace) renewAnyway()", "if (false) renewAnyway()"),
    ("client.ts", "if (mayReplace) renewAnyway()", "renewAnyway()"),
    ("client.ts", "if (!refusesLogin(heard)) doubtIt();", ""),
    ("client.ts", "if (!refusesLogin(heard)) doubtIt();", "doubtIt();"),
    ("client.ts", "    doubt = true;\n", ""),
    ("client.ts", "    tell();\n    renewAnyway();", "    tell();"),
    ("client.ts", "if (changes === seen || due) await", "if (changes === seen) await"),
    ("client.ts", "if (changes !== seen && held !== null && attempt < ATTEMPTS) break;", ""),
    (
        "client.ts",
        "      ensureOpen();\n      signal?.throwIfAborted();\n      await work();",
        "      ensureOpen();\n      await work();",
    ),
    ("client.ts", "orAborted(orAborted(turn, closing.signal), signal)", "orAborted(turn, signal)"),
    ("client.ts", "if (!confirmsLogout(heard)) throw", "if (false) throw"),
    ("client.ts", "if (isWhole || held", "if (held"),
    ("client.ts", "if (follows && isRedirect(response))", "if (false)"),
    ("client.ts", "if (follows && isRedirect(response))", "if (isRedirect(response))"),
    ("client.ts", "      tabs.close();\n", ""),
    ("client.ts", "closing.abort(new BearerError", "void (new BearerError"),
    ("client.ts", " && !closing.signal.aborted) take(members)", ") take(members)"),
    ("client.ts", "return orAborted(work, closing.signal);", "return work;"),
    ("challenge.ts", 'scheme === "bearer" && ', ""),
    ("challenge.ts", 'name.toLowerCase() === "error" && ', ""),
    ("challenge.ts", '/^"?invalid_token"?$/', "/invalid_token/"),
    ("decisions.ts", "(made === null || made === page) &&", "true &&"),
    ("decisions.ts", "&& (page === null || page === held)", ""),
    ("decisions.ts", "if (held !== sent) return false;", ""),
    ("decisions.ts", "status >= 400 && status < 500 &&", "status >= 400 &&"),
    ("decisions.ts", "status !== 408 && ", ""),
    ("decisions.ts", "&& code !== undefined);", ");"),
    ("decisions.ts", "status === 204 || (status", "status < 300 || (status"),
    ("decisions.ts", "once === path ? path : decoded(once)", "once"),
    ("decisions.ts", "25|2e|2f|3b|5c", "25|2e|2f|3b"),
    ("decisions.ts", "25|2e|2f|3b|5c", "25|2e|2f|5c"),
    ("decisions.ts", "(;[^/\\\\]*)?", ""),
    ("platform.ts", 'redirect: redirect === "follow" ? "manual" : redirect,', "redirect,"),
    ("platform.ts", "referrer, referrerPolicy }),", "}),"),
    ("platform.ts", "({ __proto__: null, ...options })", "({ ...options })"),
    ("lock.ts", 'only({ ifAvailable: true, mode: "exclusive" })', '({ ifAvailable: true, mode: "exclusive" })'),
    ("lock.ts", "      ensureOpen();\n", ""),
    ("tabs.ts", "    if (hidden) shut();\n", ""),
    ("tabs.ts", "      for (const stop of stops) stop();\n", ""),
    ("tabs.ts", "    closed = true;\n", ""),
    ("client.ts", "if (auth.origin !== api.origin) throw", "if (false) throw"),
    ("client.ts", "if (changes === seen && waited && !due) await news", "if (false) await news"),
    ("client.ts", "if (changes === seen || due) await refreshAlone();", "await refreshAlone();"),
    ("client.ts", "if (pause && platform.steady() < pause.until) return Promise.reject(pause.error);", ""),
    ("client.ts", "tabs.pause(verdict.wait, verdict.code);", ""),
    ("client.ts", "if (heard.tokens && !heard.refreshToken &&", "if (heard.tokens &&"),
    ("client.ts", "used && platform.visible()", "platform.visible()"),
    ("client.ts", "used && platform.visible()", "used"),
    ("client.ts", "used = false;", ""),
    ("client.ts", "if (held === null || session === held.session) leave();", "leave();"),
    ("client.ts", "    tabs.grant(grant);\n  };", "  };"),
    ("client.ts", "    tabs.end(session);\n", ""),
    ("client.ts", "stored && /^[0-9a-f]{32}$/.test(stored) ? stored", "stored ? stored"),
    ("client.ts", 'return remember(null);\n        case "end"', 'return;\n        case "end"'),
    ("client.ts", "remember(null);\n          // Without", "// Without"),
    ("client.ts", "    remember(value);\n    return value;", "    return value;"),
    ("client.ts", "const late = platform.later(() => stop.abort(), timeout);", "const late = 0;"),
    ("client.ts", "platform.never(late);", ""),
    ("client.ts", 'credentials: "include",', ""),
    ("client.ts", "request.signal.throwIfAborted();\n    const made", "const made"),
    ("client.ts", "if (changes === changesThen) await", "await"),
    ("client.ts", "if (request.signal.aborted) throw error;", ""),
    (
        "client.ts",
        "if (isWhole || held === null || held.session !== sent) return response;",
        "if (isWhole || held === null) return response;",
    ),
    ("client.ts", "(event as PageTransitionEvent).persisted && status", "status"),
    ("client.ts", 'if (platform.visible() && status === "in" && !isFresh())', 'if (status === "in" && !isFresh())'),
    ("client.ts", 'status === "in" && !isFresh()', 'status === "in"'),
    ("client.ts", "pause = null;\n      if (running", "if (running"),
    ("client.ts", 'running === null && status !== "out" && !isFresh()', 'running === null && status !== "out"'),
    ("client.ts", "for (const stop of stops) stop();", ""),
    ("client.ts", "      tabs.close();\n      platform.never(timer);", "      tabs.close();"),
    ("client.ts", "      remember(null);\n      doubt = false;\n      page", "      doubt = false;\n      page"),
    ("client.ts", 'if (status === "out") return;\n', ""),
    ("client.ts", 'type.toLowerCase() !== "bearer"', "false"),
    ("client.ts", "!(seconds > 0)", "false"),
    ("client.ts", "Object.freeze({\n      status", "({\n      status"),
    ("client.ts", "return Object.freeze({\n    login", "return ({\n    login"),
    ("client.ts", "pause = null;\n    used = false;", "used = false;"),
    ("client.ts", 'redirect: "error",', ""),
    ("lock.ts", "if (owner() === me) storage.removeItem(key);", "storage.removeItem(key);"),
    ("lock.ts", "if (owner() === me) break;", "break;"),
    ("lock.ts", "rest > 0 && rest <= LEASE", "rest > 0"),
    ("lock.ts", "rest > 0 && rest <= LEASE", "rest <= LEASE"),
    ("lock.ts", "      claim();\n      timer =", "      timer ="),
    ("lock.ts", "platform.never(timer);", ""),
    ("lock.ts", 'const forget = platform.on("pagehide", release);', "const forget = () => {};"),
    ("lock.ts", "      release();\n    }", "    }"),
    ("lock.ts", "locks.request(name, () => work(true))", "locks.request(name, () => work(false))"),
    ("lock.ts", "waited = true;", ""),
    ("tabs.ts", "left: left - late", "left"),
    ("tabs.ts", "if (lifetime.left > 0) listener", "listener"),
    ("tabs.ts", "      hidden = false;\n      open();", "      hidden = false;"),
    ("tabs.ts", "      hidden = true;\n      shut();", "      hidden = true;"),
    (
        "lifetime.ts",
        "Math.max(steady - lifetime.steady, wall - lifetime.wall, 0)",
        "Math.max(steady - lifetime.steady, 0)",
    ),
    (
        "lifetime.ts",
        "Math.max(steady - lifetime.steady, wall - lifetime.wall, 0)",
        "Math.max(wall - lifetime.wall, 0)",
    ),
    ("lifetime.ts", "Math.min(MARGIN, lifetime.left / 10)", "0"),
    ("platform.ts", "hasOwn(members, name)", "true"),
    ("client.ts", "running ??= renewAlone()", "running = renewAlone()"),
)
"""File, code, and the code that replaces it."""

SUITE = ("client", "tabs", "decisions", "uncertain", "changes", "hostile")


def main() -> int:
    client.ensure()
    alive = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("src", "test"):
            shutil.copytree(client.CLIENT / name, copy / name)
        began = time.monotonic()
        if not _passes(copy, patience=600):
            print("the tests fail before anything is broken")
            return 1
        # A mutant that never ends is noticed, and a slow machine is no mutant.
        patience = 30 + 10 * (time.monotonic() - began)
        for number, (name, old, new) in enumerate(MUTANTS, 1):
            path = copy / "src" / name
            sound = path.read_text()
            if old not in sound:
                print(f"{number}: {name} no longer says {old!r}")
                alive += 1
                continue
            path.write_text(sound.replace(old, new, 1))
            if _passes(copy, patience):
                print(f"{number} lives: {name}, {old!r} -> {new!r}")
                alive += 1
            path.write_text(sound)
    print(f"{len(MUTANTS)} mutants of the client, {alive} alive")
    return 1 if alive else 0


def _passes(copy: Path, patience: float) -> bool:
    """Whether the tests of this copy pass within `patience` seconds."""
    bundle = [
        str(client.CLIENT / "node_modules" / ".bin" / "esbuild"),
        *(f"test/{name}.test.ts" for name in SUITE),
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--target=node20",
        "--outdir=build",
        "--out-extension:.js=.mjs",
        "--log-level=error",
    ]
    done = subprocess.run(bundle, cwd=copy, capture_output=True)
    if done.returncode:
        return False
    try:
        return not subprocess.run(
            ["node", "--test", "build/"], cwd=copy, capture_output=True, timeout=patience
        ).returncode
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    sys.exit(main())
