// Builds dist/ (one module and its types) and build/ (the tests), and fails when the module has grown too heavy.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MOST = 8 * 1024; // bytes, gzipped

for (const folder of ["dist", "build"]) rmSync(folder, { recursive: true, force: true });
mkdirSync("build");
await build({
  entryPoints: ["src/index.ts"],
  outfile: "dist/index.js",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
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
  external: ["typescript5", "../reference.mjs"],
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
});

const size = gzipSync(readFileSync("dist/index.js")).length;
console.log(`dist/index.js: ${size} bytes gzipped, at most ${MOST}`);
if (size > MOST) process.exit(1);
