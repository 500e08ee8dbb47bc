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
    ("calls.ts", "if (!isWithinApi(reach, urlOf(request))) return platform.fetch(request);", ""),
    ("calls.ts", "isWithinApi(reach, urlOf(request))", "isWithinApi(reach, request.url)"),
    ("calls.ts", "isWithinApi(reach, urlOf(request))", "isWithinApi(api, urlOf(request))"),
    (
        "endpoints.ts",
        'const token = own(members, "access_token");',
        'const [token] = [own(members, "access_token")];',
    ),
    ("tabs.ts", 'const token = own(said, "token");', 'const [token] = [own(said, "token")];'),
    ("platform.ts", "urlOrigin(found) as string", "found.origin"),
    ("platform.ts", "urlPath(found) as string", "found.pathname"),
    ("decisions.ts", "!startsWith(asked.pathname, api.pathname)", "!asked.pathname.startsWith(api.pathname)"),
    ("decisions.ts", "Math.min(MAX_PAUSE, retryAfter * 1000)", "retryAfter * 1000"),
    ("tabs.ts", "Math.min(left, MAX_PAUSE)", "left"),
    ("calls.ts", 'if (request.mode === "no-cors") throw', "if (false) throw"),
    (
        "client.ts",
        'mount = "auth/", client = "first-party", timeout = 15_000, tokenHeader = "Authorization" } = only(options)',
        'mount = "auth/", client = "first-party", timeout = 15_000, tokenHeader = "Authorization" } = options',
    ),
    ("client.ts", 'browser(own(options, "fetch") as typeof fetch | undefined)', "browser(options.fetch)"),
    ("waiting.ts", 'own(options, "signal") as AbortSignal | undefined', "options?.signal"),
    ("endpoints.ts", "only<RequestInit>({", "({"),
    ("calls.ts", "if (!maySend(made, state.page, sessionNow())) throw sessionChanged();", ""),
    ("calls.ts", "const made = state.page;", "const made = null;"),
    ("state.ts", "page ??= grant.session;", "page = grant.session;"),
    ("login.ts", "    state.page = null;\n    renewal.accept(members);", "    renewal.accept(members);"),
    ("login.ts", "        state.page = null;\n        renewal.end();", "        renewal.end();"),
    ("client.ts", "if (seen !== state.status || id !== sessionNow()) return false;", ""),
    ("client.ts", "      state.page = id;\n", ""),
    (
        "client.ts",
        "granted: (grant) => state.unsure || holder.adopt(grant)",
        "granted: (grant) => holder.adopt(grant)",
    ),
    ("client.ts", "      if (state.unsure) return;\n", ""),
    ("client.ts", "else if (session === null) renewal.renewQuietly();", "else if (session === null) holder.leave();"),
    ("client.ts", "else if (session === null) renewal.renewQuietly();", ""),
    ("renewal.ts", "    state.mustAsk = false;\n", ""),
    ("renewal.ts", "      state.mustAsk = true;\n", ""),
    ("login.ts", "if (mayReplace) renewal.forceRenew()", "if (false) renewal.forceRenew()"),
    ("login.ts", "if (mayReplace) renewal.forceRenew()", "renewal.forceRenew()"),
    ("login.ts", "if (!refusesLogin(answer)) markUncertain();", ""),
    ("login.ts", "if (!refusesLogin(answer)) markUncertain();", "markUncertain();"),
    ("login.ts", "    state.unsure = true;\n", ""),
    ("login.ts", "    holder.notify();\n    renewal.forceRenew();", "    holder.notify();"),
    ("renewal.ts", "if (state.changes === seen || state.mustAsk) await", "if (state.changes === seen) await"),
    ("renewal.ts", "if (state.changes !== seen && state.grant !== null && attempt < ATTEMPTS) break;", ""),
    (
        "login.ts",
        "      ensureOpen();\n      signal?.throwIfAborted();\n      await work();",
        "      ensureOpen();\n      await work();",
    ),
    ("login.ts", "orAborted(orAborted(turn, closing), signal)", "orAborted(turn, signal)"),
    ("login.ts", "if (!confirmsLogout(answer)) throw", "if (false) throw"),
    ("calls.ts", "if (isWhole || sessionNow()", "if (sessionNow()"),
    ("calls.ts", "if (follows && isRedirect(response))", "if (false)"),
    ("calls.ts", "if (follows && isRedirect(response))", "if (isRedirect(response))"),
    ("client.ts", "      tabs.close();\n", ""),
    ("client.ts", "closing.abort(new BearerError", "void (new BearerError"),
    ("endpoints.ts", "      if (closing.aborted) return answer;\n", ""),
    ("renewal.ts", "return orAborted(work, closing);", "return work;"),
    ("challenge.ts", 'scheme === "bearer" && ', ""),
    ("challenge.ts", 'name.toLowerCase() === "error" && ', ""),
    ("challenge.ts", '/^"?invalid_token"?$/', "/invalid_token/"),
    ("decisions.ts", "(made === null || made === page) &&", "true &&"),
    ("decisions.ts", "&& (page === null || page === current)", ""),
    ("decisions.ts", "if (current !== sent) return false;", ""),
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
    ("tabs.ts", "      for (const stop of unsubscribers) stop();\n", ""),
    ("tabs.ts", "    closed = true;\n", ""),
    ("client.ts", "if (auth.origin !== api.origin) throw", "if (false) throw"),
    (
        "renewal.ts",
        "if (state.changes === seen && waited && !state.mustAsk) await waitForOtherTab",
        "if (false) await waitForOtherTab",
    ),
    ("renewal.ts", "if (state.changes === seen || state.mustAsk) await refreshAlone();", "await refreshAlone();"),
    (
        "renewal.ts",
        "if (state.pause && platform.monotonic() < state.pause.until) return Promise.reject(state.pause.error);",
        "",
    ),
    ("renewal.ts", "tabs.pause(step.wait, step.code);", ""),
    (
        "endpoints.ts",
        "if (answer.tokens && !answer.refreshToken) accept(members)",
        "if (answer.tokens) accept(members)",
    ),
    ("endpoints.ts", 'answer.tokens ? own(members, "recovery_codes") : members', "members"),
    ("login.ts", 'if (!answer.tokens) throw failure("login_incomplete", answer);', ""),
    ("state.ts", "state.used && platform.visible()", "platform.visible()"),
    ("state.ts", "state.used && platform.visible()", "state.used"),
    ("state.ts", "      state.used = false;\n", ""),
    (
        "client.ts",
        "if (state.grant === null || session === state.grant.session) holder.leave();",
        "if (true) holder.leave();",
    ),
    ("renewal.ts", "    tabs.grant(grant);\n  };", "  };"),
    ("renewal.ts", "    tabs.end(session);\n", ""),
    ("retry_key.ts", "stored && /^[0-9a-f]{32}$/.test(stored) ? stored", "stored ? stored"),
    ("renewal.ts", 'return retryKey.drop();\n        case "end"', 'return;\n        case "end"'),
    ("renewal.ts", "retryKey.drop();\n          // Without", "// Without"),
    ("retry_key.ts", "      remember(value);\n      return value;", "      return value;"),
    ("endpoints.ts", "const late = platform.setTimer(() => stop.abort(), timeout);", "const late = 0;"),
    ("endpoints.ts", "platform.clearTimer(late);", ""),
    ("endpoints.ts", 'credentials: "include",', ""),
    ("calls.ts", "request.signal.throwIfAborted();\n    const made", "const made"),
    ("calls.ts", "if (state.changes === changesThen) await", "await"),
    ("calls.ts", "if (request.signal.aborted) throw error;", ""),
    (
        "calls.ts",
        "if (isWhole || sessionNow() !== sent) return response;",
        "if (isWhole || state.grant === null) return response;",
    ),
    ("client.ts", "(event as PageTransitionEvent).persisted && state.status", "state.status"),
    (
        "client.ts",
        'if (platform.visible() && state.status === "in" && !isFresh())',
        'if (state.status === "in" && !isFresh())',
    ),
    ("client.ts", 'status === "in" && !isFresh()', 'status === "in"'),
    ("client.ts", "state.pause = null;\n      if (!renewal", "if (!renewal"),
    (
        "client.ts",
        '!renewal.isRunning() && state.status !== "out" && !isFresh()',
        '!renewal.isRunning() && state.status !== "out"',
    ),
    ("client.ts", "for (const stop of unsubscribers) stop();", ""),
    (
        "state.ts",
        '    platform.clearTimer(timer);\n    state.grant = null;\n    state.status = "unknown";',
        '    state.grant = null;\n    state.status = "unknown";',
    ),
    (
        "login.ts",
        "        retryKey.drop();\n        state.unsure = false;\n        state.page",
        "        state.unsure = false;\n        state.page",
    ),
    ("state.ts", 'if (state.status === "out") return;\n', ""),
    ("endpoints.ts", 'type.toLowerCase() !== "bearer"', "false"),
    ("endpoints.ts", "!(seconds > 0)", "false"),
    ("state.ts", "Object.freeze({\n      status", "({\n      status"),
    ("client.ts", "return Object.freeze({\n    ...signing", "return ({\n    ...signing"),
    ("state.ts", "state.pause = null;\n      state.used = false;", "state.used = false;"),
    ("endpoints.ts", 'redirect: "error",', ""),
    ("lock.ts", "if (owner() === me) storage.removeItem(key);", "storage.removeItem(key);"),
    ("lock.ts", "if (owner() === me) break;", "break;"),
    ("lock.ts", "rest > 0 && rest <= LEASE_MS", "rest > 0"),
    ("lock.ts", "rest > 0 && rest <= LEASE_MS", "rest <= LEASE_MS"),
    ("lock.ts", "      claim();\n      timer =", "      timer ="),
    ("lock.ts", "platform.clearTimer(timer);", ""),
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
        "Math.max(monotonic - lifetime.monotonic, wallClock - lifetime.wallClock, 0)",
        "Math.max(monotonic - lifetime.monotonic, 0)",
    ),
    (
        "lifetime.ts",
        "Math.max(monotonic - lifetime.monotonic, wallClock - lifetime.wallClock, 0)",
        "Math.max(wallClock - lifetime.wallClock, 0)",
    ),
    ("lifetime.ts", "Math.min(MARGIN, lifetime.left / 10)", "0"),
    ("platform.ts", "hasOwn(members, name)", "true"),
    ("renewal.ts", "running ??= renewAlone()", "running = renewAlone()"),
    ("handover.ts", 'code_challenge_method: "S256"', 'code_challenge_method: "plain"'),
    ("handover.ts", "code_challenge: challenge,", "code_challenge: verifier,"),
    ("handover.ts", "new Uint8Array(32)", "new Uint8Array(3)"),
    ("handover.ts", "if (found) history.replaceState(", "if (false) history.replaceState("),
    ("handover.ts", "location.pathname + location.search);", "location.pathname + location.search + location.hash);"),
    ("handover.ts", "      sessionStorage.removeItem(KEY);\n", ""),
    ("handover.ts", "      sessionStorage.setItem(KEY, verifier);\n", ""),
    ("handover.ts", "!(await redeem(kept).then(yes, noIfRefused))", "(await redeem(kept), false)"),
    ("handover.ts", "if (kept === null || !(", "if (!("),
    ("handover.ts", '&& found.code === "handover_refused") return false;', ") return false;"),
    ("handover.ts", 'code !== "handover_pending" && (', "("),
    ("handover.ts", 'code !== "unreachable" || lost-- <= 0', 'code !== "unreachable"'),
    ("handover.ts", 'code !== "unreachable" || lost-- <= 0', "lost-- <= 0"),
    ("handover.ts", 'code !== "unreachable" || lost-- <= 0', "true"),
    ("handover.ts", "      signal?.throwIfAborted();\n", ""),
    ("handover.ts", "await begin({ code }, signal)", "await begin({}, signal)"),
    ("handover.ts", "        showNumber(String(begun.number));\n", ""),
    ("handover.ts", "        await redeem(verifier);\n", ""),
    ("handover.ts", 'const [challenge = "", state = ""]', 'const [state = "", challenge = ""]'),
    ("handover.ts", "return challenge ? { challenge, state } : null;", "return { challenge, state };"),
    ("handover.ts", "asked ? { code_challenge: asked.challenge,", "false ? { code_challenge: asked.challenge,"),
    ("handover.ts", "...(asked.state ? { state: asked.state } : {})", ""),
    ("handover.ts", "password === undefined ? {} : { password }", "{}"),
    ("handover.ts", 'call("approve/", { code, number })', 'call("approve/", { code })'),
    ("handover.ts", '"X-Bearer-Client": name };', "};"),
    ("handover.ts", "if (!answer.ok) throw", "if (false) throw"),
    ("handover.ts", "if (status !== 200) throw", "if (false) throw"),
    ("handover.ts", 'Number(answer.headers.get("Retry-After")) || null', "null"),
    (
        "handover.ts",
        "url.hash = `asked=${challenge}.${String(begun.state)}`;",
        "url.search = `asked=${challenge}.${String(begun.state)}`;",
    ),
    ("handover.ts", '.replace(/\\+/g, "-")', ""),
)
"""File, code, and the code that replaces it."""

SUITE = ("client", "tabs", "decisions", "lost_answers", "session_changed", "hostile", "second_factor", "enrolment")
OF_AN_ENTRY = {"handover.ts": ("handover",)}
"""Files that are an entry of their own, and the tests that are theirs; all tests are run for any other."""


def main(only: str | None = None) -> int:
    """`only` is the name of one file."""
    client.ensure()
    alive = 0
    mutants = [one for one in MUTANTS if only in (None, one[0])]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("src", "test"):
            shutil.copytree(client.CLIENT / name, copy / name)
        began = time.monotonic()
        if not _passes(copy, seconds=600, suite=suite_of(only)):
            print("the tests fail before anything is broken")
            return 1
        # A mutant that never ends is noticed, and a slow machine is no mutant.
        seconds = 30 + 10 * (time.monotonic() - began)
        for number, (name, old, new) in enumerate(mutants, 1):
            path = copy / "src" / name
            sound = path.read_text()
            if old not in sound:
                print(f"{number}: {name} no longer says {old!r}")
                alive += 1
                continue
            path.write_text(sound.replace(old, new, 1))
            if _passes(copy, seconds, suite_of(name)):
                print(f"{number} lives: {name}, {old!r} -> {new!r}")
                alive += 1
            path.write_text(sound)
    print(f"{len(mutants)} mutants of the client, {alive} alive")
    return 1 if alive else 0


def suite_of(name: str | None) -> tuple[str, ...]:
    """The tests that a change of this file must fail; those of every file without a name."""
    return OF_AN_ENTRY.get(name or "", SUITE + sum(OF_AN_ENTRY.values(), ()) if name is None else SUITE)


def _passes(copy: Path, seconds: float, suite: tuple[str, ...]) -> bool:
    """Whether these tests of this copy pass within `seconds` seconds."""
    shutil.rmtree(copy / "build", ignore_errors=True)
    bundle = [
        str(client.CLIENT / "node_modules" / ".bin" / "esbuild"),
        *(f"test/{name}.test.ts" for name in suite),
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--target=node20",
        "--outdir=build",
        "--out-extension:.js=.mjs",
        "--log-level=error",
    ]
    done = subprocess.run(bundle, cwd=copy, capture_output=True, text=True)
    if done.returncode:  # what cannot be bundled was not tested, and so was killed by no test
        raise SystemExit(done.stderr)
    try:
        return not subprocess.run(
            ["node", "--test", "build/"], cwd=copy, capture_output=True, timeout=seconds
        ).returncode
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[2] if sys.argv[1:2] == ["--only"] else None))
