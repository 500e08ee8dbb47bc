"""Breaks the browser client in each of its rules, one at a time; its tests must notice every time."""

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
    ("client.ts", "if (!covers(api, request.url)) return platform.fetch(request);", ""),
    ("client.ts", "if (auth.origin !== api.origin) throw", "if (false) throw"),
    ("client.ts", "if (changes === seen && waited) await news", "if (false) await news"),
    ("client.ts", "if (changes === seen) await refreshAlone();", "await refreshAlone();"),
    ("client.ts", "if (pause && platform.steady() < pause.until) return Promise.reject(pause.error);", ""),
    ("client.ts", "tabs.pause(verdict.wait, verdict.code);", ""),
    ("client.ts", "if (heard.tokens && !heard.refreshToken) take(members);", "if (heard.tokens) take(members);"),
    ("client.ts", "used && platform.visible()", "platform.visible()"),
    ("client.ts", "used && platform.visible()", "used"),
    ("client.ts", "used = false;", ""),
    ("client.ts", "if (held === null || session === null || session === held.session) leave();", "leave();"),
    ("client.ts", "    tabs.grant(grant);\n  };", "  };"),
    ("client.ts", "    tabs.end(session);\n", ""),
    ("client.ts", "stored && /^[0-9a-f]{32}$/.test(stored) ? stored", "stored ? stored"),
    ("client.ts", 'return remember(null);\n        case "end"', 'return;\n        case "end"'),
    ("client.ts", "remember(null);\n          return end();", "return end();"),
    ("client.ts", "    remember(value);\n    return value;", "    return value;"),
    ("client.ts", "if (signal?.aborted) throw signal.reason;", ""),
    ("client.ts", "const late = platform.later(() => stop.abort(), options.timeout ?? 15_000);", "const late = 0;"),
    ("client.ts", "platform.never(late);", ""),
    ("client.ts", 'credentials: "include",', ""),
    ("client.ts", "request.signal.throwIfAborted();\n    await prepare", "await prepare"),
    ("client.ts", "if (changes === changesThen) await", "await"),
    ("client.ts", "if (request.signal.aborted) throw error;", ""),
    (
        "client.ts",
        "if (held === null || !repeat(refused, sent, { session: held.session })) return response;",
        "if (held === null) return response;",
    ),
    ("client.ts", "if (session !== undefined && held !== null && held.session !== session)", "if (false)"),
    ("client.ts", "(event as PageTransitionEvent).persisted && status", "status"),
    ("client.ts", 'if (platform.visible() && status === "in" && !isFresh())', 'if (status === "in" && !isFresh())'),
    ("client.ts", 'status === "in" && !isFresh()', 'status === "in"'),
    ("client.ts", "pause = null;\n      if (running", "if (running"),
    ("client.ts", 'running === null && status !== "out" && !isFresh()', 'running === null && status !== "out"'),
    ("client.ts", "for (const stop of stops) stop();", ""),
    ("client.ts", "      platform.never(timer);\n      listeners.clear();", "      listeners.clear();"),
    ("client.ts", "heard.status !== 204 && heard.status !== 200 && heard.status !== 401", "false"),
    ("client.ts", "      remember(null);\n      end();", "      end();"),
    ("client.ts", 'if (status === "out") return;\n', ""),
    ("client.ts", 'type.toLowerCase() !== "bearer"', "false"),
    ("client.ts", "!(seconds > 0)", "false"),
    ("client.ts", "Object.freeze({\n      status", "({\n      status"),
    ("client.ts", "return Object.freeze({\n    login", "return ({\n    login"),
    ("client.ts", "const spare = sent.token ? request.clone() : null;", "const spare = sent.token ? request : null;"),
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
    ("tabs.ts", "if (life.left > 0) listener", "listener"),
    ("tabs.ts", 'platform.on("pageshow", open);', ""),
    ("tabs.ts", "channel?.close();\n    channel = undefined;", ""),
    ("life.ts", "Math.max(steady - life.steady, wall - life.wall, 0)", "Math.max(steady - life.steady, 0)"),
    ("life.ts", "Math.max(steady - life.steady, wall - life.wall, 0)", "Math.max(wall - life.wall, 0)"),
    ("life.ts", "Math.min(MARGIN, life.left / 10)", "0"),
    ("platform.ts", "hasOwn(members, name)", "true"),
    ("client.ts", "running ??= renewAlone()", "running = renewAlone()"),
)
"""File, what stands there, and what is put in its place."""

SUITE = ("client", "tabs", "decisions")


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
