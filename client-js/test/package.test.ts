/** The package as others get it: imported on a server, packed, installed into a fresh Vite app, built and typed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const here = process.cwd();
const node = (script: string, ...words: string[]) =>
  execFileSync(process.execPath, [join(here, "node_modules", script), ...words], { encoding: "utf8" });

test("imported where there is no page: nothing happens, and a client can be made", () => {
  const code = `
    import { createClient } from "./dist/index.js";
    globalThis.fetch = () => { throw new Error("asked"); };
    const client = createClient({ api: "https://api.example.com/" });
    console.log(client.session.status, Object.keys(globalThis).filter((name) => /bearer/i.test(name)).length);
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: here, encoding: "utf8" });
  assert.equal(said, "unknown 0\n");
});

test("packed, installed into a fresh Vite app, and built; types hold under TypeScript 5 and 7", () => {
  const app = mkdtempSync(join(tmpdir(), "bearer-app-"));
  try {
    const npm = (...words: string[]) => execFileSync("npm", words, { cwd: app, encoding: "utf8", stdio: "pipe" });
    npm("pack", here, "--ignore-scripts", "--pack-destination", app);
    const [tarball] = readdirSync(app).filter((name) => name.endsWith(".tgz"));
    writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
    npm("install", "--offline", "--no-audit", "--no-fund", `./${tarball}`);
    const installed = join(app, "node_modules/@django-bearer/client");
    assert.deepEqual(readdirSync(installed).sort(), ["LICENSE", "README.md", "dist", "package.json"]);
    assert.equal(JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).dependencies, undefined);
    writeFileSync(join(app, "index.html"), '<!doctype html><script type="module" src="/main.ts"></script>');
    writeFileSync(
      join(app, "main.ts"),
      `import { createClient } from "@django-bearer/client";
       const client = createClient({ api: "/api/" });
       client.ready.then((session) => document.body.append(session.status));`,
    );
    const options = { strict: true, noEmit: true, module: "esnext", moduleResolution: "bundler", types: [] };
    const compilerOptions = { ...options, target: "es2022", lib: ["es2022", "dom"] };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    for (const compiler of ["typescript/bin/tsc", "typescript5/bin/tsc"]) node(compiler, "-p", app);
    node("vite/bin/vite.js", "build", app, "--logLevel", "warn");
    const [built] = readdirSync(join(app, "dist/assets"));
    assert.match(readFileSync(join(app, "dist/assets", built ?? ""), "utf8"), /X-Bearer-Client/);
  } finally {
    rmSync(app, { recursive: true });
  }
});

test("the lock file names no host", () => {
  assert.doesNotMatch(readFileSync("package-lock.json", "utf8"), /https?:/);
});
