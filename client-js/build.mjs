// Builds dist/ (the modules and their types) and build/ (the tests), and fails when a module has grown too heavy.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MOST = { index: 8 * 1024, allauth: 2304, enrolment: 1024, everywhere: 512, handover: 1536, native: 5 * 1024 }; // bytes, gzipped

for (const folder of ["dist", "build"]) rmSync(folder, { recursive: true, force: true });
mkdirSync("build");
await build({
  entryPoints: Object.keys(MOST).map((name) => `src/${name}.ts`),
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["./index.js"], // what the other entries import is the page's one client
  sourcemap: true,
  logLevel: "warning",
});
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], { stdio: "inherit" });
await build({
  entryPoints: readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`),
  outdir: "build",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  external: ["../reference.mjs"],
  packages: "external",
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
});

for (const [name, most] of Object.entries(MOST)) {
  const size = gzipSync(readFileSync(`dist/${name}.js`)).length;
  console.log(`dist/${name}.js: ${size} bytes gzipped, at most ${most}`);
  if (size > most) process.exitCode = 1;
}
