/** The reference of the API: what each comment must say, and that the page is made from the comments. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
// @ts-expect-error a tool without types
import { entries, faults } from "../reference.mjs";

const SOURCE = `
/** Good. */
export interface Good {
  /**
   * Wait.
   *
   * @param time How long, in seconds.
   * @returns Whether it was long enough.
   * @throws BearerError \`closed\`.
   * @see RFC 6750 section 3.1
   */
  wait(time: number): Promise<boolean>;
}
export interface Bad {
  /**
   * Wait.
   *
   * @param time How long.
   * @param other What is not there.
   * @throws BearerError \`made_up\`.
   */
  wait(time: number, more: string): Promise<boolean>;
  count: number;
  /** A number. */
  size: number;
}
`;

test("a comment that names no parameter, one too many, no unit, no result or no error is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "bearer-reference-"));
  try {
    const file = join(folder, "index.ts");
    writeFileSync(file, SOURCE);
    assert.deepEqual(faults(entries(file), ["closed", "redirected"], [], ["Good.wait", "Bad.wait", "Gone"]).sort(), [
      "Bad.count: does not say what the number counts",
      "Bad.count: has no comment",
      "Bad.size: does not say what the number counts",
      "Bad.wait: does not name the error closed",
      "Bad.wait: does not name the parameter more",
      "Bad.wait: does not say what it returns",
      "Bad.wait: does not say what the number time counts",
      "Bad.wait: names a parameter other that there is not",
      "Bad.wait: names an error made_up that there is not",
      "Bad.wait: names no standard with @see",
      "Bad: has no comment",
      "Gone: there is no such name",
      "redirected: no @throws names it",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every exported name says all, the page is made from it, and no name is missing there", () => {
  const said = execFileSync(process.execPath, ["reference.mjs", "--check", "--names"], { encoding: "utf8" });
  const names = said.trim().split("\n");
  const exported = ["createClient", "Client", "ClientOptions", "Credentials", "Session", "BearerError"];
  for (const name of [...exported, "ClientCode", "ErrorCode", "ServerCode", "Client.fetch"]) assert.ok(names.includes(name), name);
});
