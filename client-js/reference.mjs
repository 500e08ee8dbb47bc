// The reference of the TypeScript API: `node reference.mjs` writes its page, `node reference.mjs --check` says what is
// missing, and with `--names` every name, too. Every exported name is read with the TypeScript compiler: its comment
// must name each parameter, the unit of each number, the result, the errors, and the standard that it follows.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript5";

const PAGE = fileURLToPath(new URL("../docs/reference/api/typescript.md", import.meta.url));
const UNIT = /milliseconds|seconds|how many|HTTP status/i;
const STANDARD = /^RFC \d+ sections? \d/;
const FROM_STANDARDS = ["Accounts.beginAtProvider", "Accounts.finishAtProvider", "BearerError.constructor", "Client.fetch", "Client.logout", "Client.refresh", "Client.stepUp", "Credentials.scope", "Handover.ask", "Handover.offer", "Handover.receive", "HandoverOffer.approve", "NativeClient.fetch", "NativeClient.logout"];
const NOTHING = new Set(["void", "Promise<void>"]);

/** Modules read together: the declarations of the browser's own types are long, and are read once. */
const programOf = (files) =>
  ts.createProgram(files, { target: ts.ScriptTarget.ES2022, strict: true, moduleResolution: 100, types: [] });

/** Every exported name of a module with its members: kind, signature, and what its comment says. */
export function entries(file, program = programOf([file])) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const found = [];
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const [declaration] = symbol.declarations;
    found.push(entry(checker, exported.name, declaration));
    if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration))
      for (const member of declaration.members) found.push(entry(checker, `${exported.name}.${nameOf(member)}`, member));
  }
  return found;
}

const nameOf = (member) =>
  ts.isConstructorDeclaration(member) ? "constructor" : ts.isIndexSignatureDeclaration(member) ? "[field]" : member.name.getText();

function entry(checker, name, node) {
  const commented = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const docs = commented.jsDoc?.at(-1);
  const text = (comment) => (ts.getTextOfJSDocComment(comment) ?? "").replace(/\s+/g, " ").trim();
  const tags = (kind) => (docs?.tags ?? []).filter((tag) => tag.tagName.text === kind);
  const callable = ts.isVariableDeclaration(node) ? node.initializer : node;
  const isCallable = callable !== undefined && ts.isFunctionLike(callable) && !ts.isIndexSignatureDeclaration(callable);
  const signature = isCallable ? checker.getSignatureFromDeclaration(callable) : undefined;
  return {
    name,
    description: text(docs?.comment),
    params: Object.fromEntries(tags("param").map((tag) => [tag.name.getText(), text(tag.comment)])),
    returns: tags("returns").map((tag) => text(tag.comment))[0],
    throws: tags("throws").map((tag) => `${tag.typeExpression?.getText() ?? ""} ${text(tag.comment)}`.trim()),
    see: tags("see").map((tag) => `${tag.name?.getText() ?? ""} ${text(tag.comment)}`.trim()),
    isCallable,
    parameters: isCallable
      ? callable.parameters.map((one) => [one.name.getText(), checker.typeToString(checker.getTypeAtLocation(one))])
      : [],
    result: signature && !ts.isConstructorDeclaration(callable) ? checker.typeToString(signature.getReturnType()) : "void",
    type: isCallable ? "" : checker.typeToString(checker.getTypeAtLocation(node)),
    code: codeOf(node),
    isMember: name.includes("."),
  };
}

/** The declaration without bodies and comments. */
function codeOf(node) {
  if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node))
    return node.getText().slice(0, node.getText().indexOf("{")).trim();
  if (ts.isVariableDeclaration(node)) {
    const { parameters, type } = node.initializer;
    return `function ${node.name.getText()}(${parameters.map((one) => one.getText()).join(", ")}): ${type.getText()}`;
  }
  if (ts.isConstructorDeclaration(node))
    return `constructor(${node.parameters.map((one) => one.getText().replace(/\/\*\*.*?\*\/\s*/gs, "")).join(", ")})`;
  return node.getText();
}

/**
 * What the comments of these entries lack, a line each. `codes` are the error codes that only the client can find, each
 * of which some call throws; `others` are the server's.
 */
export function faults(found, codes = [], others = [], fromStandards = []) {
  const said = found.flatMap((one) => lacks(one, fromStandards).map((what) => `${one.name}: ${what}`));
  const thrown = found.flatMap((one) => one.throws).join(" ");
  for (const code of codes) if (!thrown.includes(`\`${code}\``)) said.push(`${code}: no @throws names it`);
  for (const { name, throws } of found)
    for (const [, code] of throws.join(" ").matchAll(/`([a-z]+(?:_[a-z]+)*)`/g))
      if (![...codes, ...others].includes(code)) said.push(`${name}: names an error ${code} that there is not`);
  for (const name of fromStandards) if (!found.some((one) => one.name === name)) said.push(`${name}: there is no such name`);
  return said;
}

function lacks(one, fromStandards) {
  const said = [];
  if (!/[.:;]/.test(one.description)) said.push("has no comment");
  for (const [name, type] of one.parameters) {
    if (!one.params[name]) said.push(`does not name the parameter ${name}`);
    else if (/\bnumber\b/.test(type) && !UNIT.test(one.params[name])) said.push(`does not say what the number ${name} counts`);
  }
  for (const name of Object.keys(one.params))
    if (!one.parameters.some(([known]) => known === name)) said.push(`names a parameter ${name} that there is not`);
  if (!NOTHING.has(one.result) && one.isCallable && !one.returns) said.push("does not say what it returns");
  if (NOTHING.has(one.result) && one.returns) said.push("says what it returns, and returns nothing");
  if (one.result.startsWith("Promise") && !one.throws.some((text) => text.includes("`closed`")))
    said.push("does not name the error closed");
  if (/\bnumber\b/.test(one.type) && one.isMember && !UNIT.test(one.description)) said.push("does not say what the number counts");
  if (fromStandards.includes(one.name) && !one.see.some((text) => STANDARD.test(text))) said.push("names no standard with @see");
  return said;
}

/** The codes of a union type such as `ClientCode`, or of an interface such as `ServerErrors`. */
export function codesOf(file, name) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022);
  const found = source.statements.find((one) => one.name?.text === name);
  return ts.isInterfaceDeclaration(found)
    ? found.members.map((one) => one.name.text)
    : found.type.types.map((one) => one.literal.text);
}

/** Whether a name of the native entry is one that the first entry has not. */
const isNative = ({ name }) => /Native|SecureStore/.test(name);

const HEAD = `# TypeScript

What \`@django-bearer/client\` exports, then \`@django-bearer/client/allauth\`, \`@django-bearer/client/enrolment\`, \`@django-bearer/client/everywhere\`, \`@django-bearer/client/handover\` and \`@django-bearer/client/native\`.
[The browser client](../../guide/client.md) shows how to use them. Written by \`client-js/reference.mjs\` from the source; a test
compares.
`;

/** The page. */
export function page(found) {
  return [HEAD, ...found.map(section)].join("\n");
}

function section(one) {
  const lines = [`${one.isMember ? "###" : "##"} ${one.name}`, "", "```ts", one.code, "```", "", one.description, ""];
  const list = (title, items) => items.length && lines.push(`**${title}**`, "", ...items.map((item) => `* ${item}`), "");
  list("Parameters", Object.entries(one.params).map(([name, text]) => `\`${name}\`: ${text}`));
  list("Returns", one.returns ? [one.returns] : []);
  list("Throws", one.throws.map((text) => text.replace(/^(\w+) /, "`$1`: ")));
  list("Source", one.see);
  return lines.join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("src/", import.meta.url));
  const modules = ["index", "allauth", "enrolment", "everywhere", "handover", "native"].map((name) => `${root}${name}.ts`);
  const program = programOf(modules);
  const found = modules.flatMap((file) => entries(file, program).filter((one) => !file.endsWith("/native.ts") || isNative(one)));
  const client = codesOf(`${root}bearer_error.ts`, "ClientCode");
  const wrong = faults(found, client, codesOf(`${root}errors.ts`, "ServerErrors"), FROM_STANDARDS);
  if (process.argv[2] !== "--check") writeFileSync(PAGE, page(found));
  else if (readFileSync(PAGE, "utf8") !== page(found)) wrong.push("the page is old: run node reference.mjs");
  if (process.argv[3] === "--names") console.log(found.map((one) => one.name).join("\n"));
  if (wrong.length) console.error(wrong.join("\n"));
  process.exitCode = wrong.length ? 1 : 0;
}
