// The timeline: what the server tells of the user's tokens, and what this page did with its own.
import { at, bearer, element, gettext } from "/page/common.js";

const NAMES = {
  login: gettext("Signed in: a session begins"),
  used: gettext("Access token used"),
  refreshed: gettext("Refreshed: the refresh token was rotated"),
  step_up: gettext("Stepped up: new tokens of the same session"),
  concurrent: gettext("The same refresh token from two places"),
  reused: gettext("Reuse found: somebody sent an old refresh token"),
  ended: gettext("Session ended"),
  ended_everywhere: gettext("Signed out everywhere"),
  factor_added: gettext("A second factor was added"),
  factor_removed: gettext("A second factor was removed"),
  password_recovered: gettext("The password was recovered"),
  email_changed: gettext("The address was changed"),
};
const ALERTS = new Set(["reused", "concurrent"]);
const LONGEST = 20_000; // ms to wait for what is to come
const PAUSE = 700; // ms between two looks
let last = 0;
let looking = null;
let mine = "";

/** Begin for this session. */
export function begin(session) {
  if (mine && mine !== session.id) last = 0;
  mine = session.id;
  if (!last) at("log").replaceChildren();
}

/** Add a line. `session` is another one than the page's, if it is given. */
export function note(what, detail = "", when = Date.now(), session = "") {
  const line = element("li", "", { className: ALERTS.has(what) ? "found" : what });
  const text = element("span", NAMES[what]);
  if (detail) text.append(" ", element("small", detail));
  if (session && session !== mine) text.append(" ", element("small", `(${gettext("session")} ${session.slice(0, 8)})`));
  line.append(element("time", new Date(when).toLocaleTimeString(document.documentElement.lang)), text);
  line.dataset.second = Math.floor(when / 1000);
  const older = [...at("log").children].find((one) => Number(one.dataset.second) <= Number(line.dataset.second));
  at("log").insertBefore(line, older ?? null); // the server tells later what this page knew at once
  while (at("log").children.length > 60) at("log").lastChild.remove();
}

/** Ask the server what is new; with `until`, again and again until that has happened. */
export function look(until = "") {
  looking ??= ask(until).finally(() => (looking = null));
  return looking;
}

async function ask(until) {
  const end = performance.now() + LONGEST;
  for (;;) {
    const answer = await bearer.fetch(`/timeline/?after=${last}`).catch(() => null);
    if (!answer?.ok) return;
    const { events } = await answer.json();
    for (const { number, what, at: when, session, why } of events) {
      last = number;
      note(what, why, when * 1000, session);
    }
    if (!until || events.some(({ what }) => what === until) || performance.now() > end) return;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}
