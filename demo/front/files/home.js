// The demo's first page: notes, the access token, a timeline, devices, and attacks.
import { accounts, at, bearer, call, element, gettext, interpolate, listDevices, must, onCall, reportErrors, say, showWho } from "/page/common.js";
import { begin, note, look } from "/page/timeline.js";
import { canUsePasskeys } from "/page/allauth.js";

const FULL = 300; // seconds of a whole access token, for the meter
let shown = { status: "unknown", renewals: 0 };

bearer.onChange((session) => {
  if (session.status === "in" && session.renewals > shown.renewals) {
    say("trouble", "");
    at("issued").textContent = new Date().toLocaleTimeString(document.documentElement.lang);
    if (shown.status === "in") look();
  }
  if (session.changed) {
    for (const id of ["who", "notes", "devices", "log"]) at(id).replaceChildren(); // nothing of the former user stays here
    at("text").value = "";
    bearer.accept(session);
  }
  show(session);
});

function show(session) {
  const came = session.status === "in" && (shown.status !== "in" || shown.id !== session.id);
  const before = shown.status;
  shown = session;
  at("intro").hidden = session.status === "in";
  at("signin").hidden = session.status === "in";
  at("inside").hidden = session.status !== "in";
  at("renewals").textContent = session.renewals;
  at("session").textContent = session.id?.slice(0, 8) ?? "–";
  at("scope").textContent = session.scope.join(", ") || "–";
  tick();
  if (came) enter(session);
  // What had the focus is hidden now: a keyboard and a screen reader go on at the top of what has come.
  if (before !== "unknown" && before !== session.status) at("about-title").focus();
  else if (session.status === "out") showWho(session);
}

function tick() {
  const { secondsLeft, status } = bearer.session;
  at("left").textContent = status === "in" ? secondsLeft : "–";
  at("meter").value = Math.min(FULL, secondsLeft);
}
setInterval(tick, 500);

const enter = (session) =>
  reportErrors("trouble", async () => {
    begin(session);
    await showWho(session);
    await Promise.all([listNotes(), devices()]);
    await look();
  }, null);

const devices = () => listDevices("trouble", () => look());

async function listNotes() {
  const answer = await call("/notes/");
  if (!answer.ok) return;
  const notes = await answer.json();
  at("notes").replaceChildren(...notes.map((one) => element("li", one.text)));
  if (!notes.length) at("notes").append(element("li", gettext("No notes yet.")));
}

onCall((method, path, status) => note("used", interpolate(gettext("%s %s: %s"), [method, path, status])));

at("passkey").hidden = !canUsePasskeys();
at("passkey").addEventListener("click", () => reportErrors("login-error", () => accounts.loginWithPasskey()));
at("company").addEventListener("click", () =>
  reportErrors("login-error", async () => location.assign(await accounts.beginAtProvider("company", `${location.origin}/back/`))),
);
at("fill").addEventListener("click", () => {
  at("username").value = "ann";
  at("password").value = at("demo-password").textContent;
  at("login").querySelector("button").focus();
});
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
    await must("/notes/", "POST", { text: at("text").value });
    at("text").value = "";
    await listNotes();
  });
});
at("refresh").addEventListener("click", () => reportErrors("trouble", () => bearer.refresh().then(devices)));
at("theft").addEventListener("click", () =>
  reportErrors("trouble", async () => {
    await must("/timeline/theft/", "POST", {});
    await look("reused");
    await devices();
  }),
);
at("attack").addEventListener("click", async () => {
  at("attack").disabled = true;
  try {
    const { runAttacks } = await import("/page/attacks.js"); // as if an attacker had injected it
    await runAttacks(at("results"), at("verdict"));
  } finally {
    at("attack").disabled = false;
  }
});

bearer.ready.then(show, () => reportErrors("trouble", () => bearer.ready, null));
