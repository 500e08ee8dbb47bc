// The demo's page: an application that uses the client.
import { createClient } from "/page/client.js";

const bearer = createClient({ api: "/" });
const at = (id) => document.getElementById(id);
const FULL = 300; // seconds of a whole access token, for the meter
let shown = { status: "unknown", renewals: 0 };

const element = (name, text, props = {}) => Object.assign(document.createElement(name), { textContent: text }, props);

function log(text) {
  const line = element("li", "");
  line.append(element("time", new Date().toLocaleTimeString()), element("span", text));
  at("log").prepend(line);
}

function say(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}

const words = (error) =>
  ({
    invalid_credentials: "No account matches this name and password.",
    throttled: `Too many attempts. Try again in ${error.retryAfter} seconds.`,
    unreachable: `The server cannot be reached.${bearer.session.status === "in" ? " You are still signed in." : ""}`,
    session_changed: "Another session has begun in this browser. Nothing was sent.",
  })[error.code] ?? `${error.message}`;

async function reportErrors(id, work) {
  say(id, "");
  try {
    await work();
  } catch (error) {
    say(id, words(error));
  }
}

bearer.onChange((session) => {
  if (session.status === "in" && session.renewals > shown.renewals) {
    log(shown.status === "in" ? "A new access token" : "Signed in");
    say("trouble", "");
    at("issued").textContent = new Date().toLocaleTimeString();
  }
  if (session.status === "out" && shown.status === "in") log("Signed out");
  if (session.changed) {
    for (const id of ["who", "notes", "devices"]) at(id).replaceChildren(); // nothing of the former user stays here
    at("text").value = "";
    bearer.accept(session);
  }
  show(session);
});

function show(session) {
  const came = session.status === "in" && (shown.status !== "in" || shown.id !== session.id);
  shown = session;
  at("signin").hidden = session.status === "in";
  at("inside").hidden = session.status !== "in";
  at("logout").hidden = session.status !== "in";
  at("renewals").textContent = session.renewals;
  at("session").textContent = session.id?.slice(0, 8) ?? "–";
  at("scope").textContent = session.scope.join(", ") || "–";
  if (session.status === "out") at("who").textContent = "Signed out";
  tick();
  if (came) enter();
}

function tick() {
  const { secondsLeft, status } = bearer.session;
  at("left").textContent = status === "in" ? secondsLeft : "–";
  at("meter").value = Math.min(FULL, secondsLeft);
}
setInterval(tick, 500);

async function enter() {
  const answer = await bearer.fetch("/whoami/");
  if (!answer.ok) return;
  at("who").textContent = `Signed in as ${(await answer.json()).user}`;
  await Promise.all([listNotes(), listDevices()]);
}

const listNotes = () =>
  reportErrors("trouble", async () => {
    const answer = await bearer.fetch("/notes/");
    if (!answer.ok) return;
    const notes = await answer.json();
    at("notes").replaceChildren(...notes.map((note) => element("li", note.text)));
    if (!notes.length) at("notes").append(element("li", "No notes yet."));
  });

const listDevices = () =>
  reportErrors("trouble", async () => {
    const answer = await bearer.fetch("/auth/sessions/");
    if (!answer.ok) return;
    const { sessions } = await answer.json();
    at("devices").replaceChildren(...sessions.map(device));
  });

function device(session) {
  const line = element("li", "");
  const about = element("span", session.device);
  const since = new Date(session.last_used_at * 1000).toLocaleString();
  about.append(document.createElement("br"), element("small", `${session.current ? "This device" : session.where} · ${since}`));
  line.append(about);
  if (!session.current) {
    const end = element("button", "Sign out", { type: "button", className: "quiet" });
    end.setAttribute("aria-label", `Sign out ${session.device}, last used ${since}`);
    end.addEventListener("click", async () => {
      await bearer.fetch(`/auth/sessions/${session.id}/`, { method: "DELETE" });
      await listDevices();
      log("Signed another device out");
    });
    line.append(end);
  }
  return line;
}

at("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  reportErrors("login-error", async () => {
    await bearer.login({ username: form.get("username"), password: form.get("password") });
    at("password").value = "";
  });
});
at("add").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("trouble", async () => {
    const body = JSON.stringify({ text: at("text").value });
    await bearer.fetch("/notes/", { method: "POST", body, headers: { "Content-Type": "application/json" } });
    at("text").value = "";
    await listNotes();
  });
});
at("logout").addEventListener("click", () => reportErrors("trouble", () => bearer.logout()));
at("refresh").addEventListener("click", () => reportErrors("trouble", () => bearer.refresh().then(listDevices)));
at("attack").addEventListener("click", async () => {
  at("attack").disabled = true;
  try {
    const { runAttacks } = await import("/page/attacks.js"); // as if an attacker had injected it
    await runAttacks(at("results"), at("verdict"));
  } finally {
    at("attack").disabled = false;
  }
});

bearer.ready.then(show, (error) => {
  at("who").textContent = words(error);
});
