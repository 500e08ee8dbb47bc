// The attacker's page: calls the demo's endpoints in every way that another site can, and reports what it could read.
const target = `https://localhost:${location.port}`;
const tries = [];
let seen = "";

const attempt = async (name, work) => {
  tries.push(name);
  try {
    seen += String((await work()) ?? "");
  } catch {
    // refused; nothing was read
  }
};
const json = { "Content-Type": "application/json", "X-Bearer-Client": "first-party" };
const body = JSON.stringify({ retry_key: "0".repeat(32) });
const asking = { method: "POST", credentials: "include", body };

for (const path of ["refresh", "logout"]) {
  const url = `${target}/auth/${path}/`;
  await attempt(`${path}: fetch`, async () => (await fetch(url, { ...asking, headers: json })).text());
  await attempt(`${path}: simple fetch`, async () => (await fetch(url, { ...asking, mode: "no-cors" })).text());
  await attempt(`${path}: form`, async () => {
    const inner = Object.assign(document.createElement("iframe"), { name: `to-${path}` });
    document.body.append(inner);
    const form = Object.assign(document.createElement("form"), { action: url, method: "post", enctype: "text/plain" });
    form.target = inner.name;
    form.append(Object.assign(document.createElement("input"), { name: '{"retry_key":"', value: '"}' }));
    document.body.append(form);
    form.submit();
    await new Promise((done) => setTimeout(done, 400));
    return inner.contentDocument?.body?.textContent;
  });
  await attempt(`${path}: image`, () => new Promise((done) => Object.assign(new Image(), { onerror: () => done(""), src: url })));
}
await attempt("login: form", async () => {
  const form = Object.assign(document.createElement("form"), { action: `${target}/auth/login/`, method: "post", target: "to-refresh" });
  document.body.append(form);
  form.submit();
  // The frame goes away once the page has reported, and the form with it if it has not been sent.
  await new Promise((done) => setTimeout(done, 400));
});
parent.postMessage({ tries, seen }, target);
