// What the pages share: one client, its dialogs, and words for errors.
import { BearerError, createClient } from "/page/index.js";
import { createEnrolment } from "/page/enrolment.js";
import { AccountsError, canUsePasskeys, createAccounts } from "/page/allauth.js";

export const at = (id) => document.getElementById(id);
export const element = (name, text, props = {}) => Object.assign(document.createElement(name), { textContent: text }, props);
export const { gettext, interpolate } = window;

/** Show a text and let a screen reader say it; an empty one hides it. */
export function say(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}

const WORDS = {
  invalid_credentials: gettext("No account matches this name and password."),
  session_changed: gettext("Another session has begun in this browser, or yours has ended. Nothing was sent."),
  login_incomplete: gettext("The second factor is missing: the sign-in was not finished."),
  password_required: gettext("The password is wrong."),
  code_refused: gettext("The code is wrong, or it was used before."),
  incorrect_code: gettext("The code is wrong, or it was used before."),
  invalid_or_expired_key: gettext("The code is wrong, or it was used before."),
  limited_token_refused: gettext("This sign-in took too long, or was finished elsewhere. Sign in again."),
  connected_other: gettext("That account is connected to another user."),
  provider_failed: gettext("The other site’s answer is not sound."),
  login_refused: gettext("The server refuses this sign-in."),
  second_factor_required: gettext("This account has a second factor: type its code, too."),
  address_not_confirmed: gettext("Confirm your e-mail address first."),
  handover_refused: gettext("This code is over, or was used elsewhere. Show another one."),
  handover_pending: gettext("No device has read the code yet."),
  handover_number_refused: gettext("The other device shows another number."),
  recovery_refused: gettext("The link is not good any more. Ask for another one."),
  unexpected_answer: gettext("The server gave an answer that this page does not know."),
};

/** An error in words for people. */
export function words(error) {
  if (error.code === "throttled" && error.retryAfter === null) return gettext("Too many attempts. Try again later.");
  if (error.code === "throttled") return interpolate(gettext("Too many attempts. Try again in %s seconds."), [error.retryAfter]);
  if (error.code === "unreachable") {
    const still = bearer.session.status === "in" ? ` ${gettext("You are still signed in.")}` : "";
    return gettext("The server cannot be reached.") + still;
  }
  if (error.name === "NotAllowedError") return gettext("No passkey was used: you gave up, or this device has none for this site.");
  if (error.name === "InvalidStateError") return gettext("This device has a passkey for this account already.");
  if (error instanceof AccountsError || error instanceof BearerError) return WORDS[error.code] ?? error.message;
  return String(error.message ?? error);
}

/** Do something, and show what went wrong. The button that began it waits. */
export async function reportErrors(id, work, button = document.activeElement) {
  say(id, "");
  const isButton = button instanceof HTMLButtonElement;
  if (isButton) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(id, words(error));
  } finally {
    if (isButton) button.disabled = false;
  }
}

/** Open a dialog; resolves to whether it was confirmed. Escape and Cancel give up. */
function opened(dialog) {
  return new Promise((done) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => done(dialog.returnValue === "confirm"), { once: true });
    dialog.showModal();
  });
}
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());

const DAY = 86_400; // seconds

/** Ask for a code; null gives up. `rememberFor` offers not to ask on this device for so many seconds. */
export async function askCode(title, hint, error, rememberFor = null) {
  at("ask-remember-line").hidden = rememberFor === null;
  at("ask-remember").nextElementSibling.textContent = interpolate(gettext("Do not ask on this device for %s days"), [
    Math.floor(rememberFor / DAY),
  ]);
  at("ask-title").textContent = title;
  at("ask-hint").replaceChildren(...[hint].flat());
  say("ask-error", error ? words(error) : "");
  at("ask-code").value = "";
  return (await opened(at("ask"))) ? at("ask-code").value.trim() : null;
}

/** The step-up dialog: a passkey, or the password and a code. */
async function stepUp({ error }) {
  say("step-up-error", error ? words(error) : "");
  at("step-up-password").value = at("step-up-code").value = "";
  at("step-up-passkey").hidden = !canUsePasskeys();
  let proof = null;
  at("step-up-passkey").onclick = () =>
    reportErrors("step-up-error", async () => {
      proof = await accounts.passkeyProof();
      at("step-up").close("confirm");
    });
  if (!(await opened(at("step-up")))) return null;
  const password = at("step-up-password").value;
  const code = at("step-up-code").value.trim();
  at("step-up-password").value = "";
  return proof ?? { password, ...(code ? { code } : {}) };
}

/** Ask for the first code of a new app, whose picture and secret are shown; null gives up. */
async function firstCode({ secret, svg }, error) {
  at("enrol-qr").src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  at("enrol-secret").value = secret;
  at("enrol-code").value = "";
  say("enrol-error", error ? words(error) : "");
  const confirmed = await opened(at("enrol"));
  at("enrol-qr").removeAttribute("src");
  at("enrol-secret").value = "";
  return confirmed ? at("enrol-code").value.trim() : null;
}

at("print-enrolled").addEventListener("click", () => window.print());
/** Show recovery codes until the user says that they are kept. */
function recoveryCodes(codes) {
  at("enrolled-codes").replaceChildren(...codes.map((code) => element("li", code)));
  at("enrolled-download").href = `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join("\n")}\n`)}`;
  opened(at("enrolled")).then(() => {
    at("enrolled-codes").replaceChildren();
    at("enrolled-download").removeAttribute("href");
  });
}

const listeners = [];
/** Hear of every call that the page makes with an access token. */
export const onCall = (listener) => listeners.push(listener);

export const bearer = createClient({
  api: "/",
  stepUp,
  enrol: (limitedToken) => enrol(limitedToken),
  async secondFactor(error, rememberFor) {
    if (error === null) at("ask-remember").checked = false;
    const code = await askCode(gettext("Second factor"), gettext("Type the code of your app, or a recovery code."), error, rememberFor);
    return code === null ? null : { code, rememberDevice: at("ask-remember").checked };
  },
});
export const accounts = createAccounts(bearer, { at: "/auth/" });
export const enrol = createEnrolment(bearer, {
  code(sent, error) {
    const hint = sent
      ? gettext("A code was mailed to the address that you have confirmed: it is in the demo’s mails.")
      : gettext("You have confirmed no address: ask an administrator for a code.");
    return askCode(gettext("Your account needs a second factor"), hint, error);
  },
  firstCode,
  recoveryCodes,
});

/** Call the API, and tell the listeners. */
export async function call(path, method = "GET", body = undefined) {
  const headers = { "X-Bearer-Client": "first-party", ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await bearer.fetch(path, init);
  for (const listener of listeners) listener(method, path, answer.status);
  return answer;
}

/** The same; an answer that is no success is an error. */
export async function must(path, method, body) {
  const answer = await call(path, method, body);
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw await refusal(answer);
}

/** The same for a change that wants the password or a step-up, which the page asks for. */
export async function mustAsOwner(path, method, body) {
  try {
    return await must(path, method, body);
  } catch (error) {
    if (error.code !== "password_required" || !(await bearer.stepUp())) throw error;
    return must(path, method, body);
  }
}

/** The error of an answer, in the words of its reason where it names one. */
async function refusal(answer) {
  const { code = "unexpected_answer", reason, message, error_description } = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get("Retry-After")) || null;
  return new BearerError(reason in WORDS ? reason : code, message ?? error_description ?? `${answer.status}`, answer.status, wait);
}

/** POST without a token. */
export async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Bearer-Client": "first-party" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.ok) return;
  throw await refusal(answer);
}

/** Show who is signed in, in the head of every page. */
export async function showWho(session) {
  at("logout").hidden = session.status !== "in";
  if (session.status === "out") at("who").textContent = gettext("Signed out");
  if (session.status !== "in") return;
  const answer = await call("/whoami/");
  if (answer.ok) at("who").textContent = interpolate(gettext("Signed in as %s"), [(await answer.json()).user]);
}

at("logout").addEventListener("click", () => reportErrors("trouble", () => bearer.logout()));

/** The devices of the user, each but this one with a button that ends it. */
export async function listDevices(trouble, told = () => {}) {
  const answer = await call("/auth/sessions/");
  if (!answer.ok) return;
  const { sessions } = await answer.json();
  at("devices").replaceChildren(...sessions.map((session) => device(session, trouble, told)));
}

function device(session, trouble, told) {
  const line = element("li", "");
  const about = element("span", session.device);
  const since = new Date(session.last_used_at * 1000).toLocaleString(document.documentElement.lang);
  about.append(document.createElement("br"), element("small", `${session.current ? gettext("This device") : session.where} · ${since}`));
  line.append(about);
  if (!session.current) {
    const end = element("button", gettext("Sign out"), { type: "button", className: "quiet" });
    end.setAttribute("aria-label", interpolate(gettext("Sign out %s, last used %s"), [session.device, since]));
    end.addEventListener("click", () =>
      reportErrors(trouble, async () => {
        await must(`/auth/sessions/${session.id}/`, "DELETE");
        await listDevices(trouble, told);
        told();
      }),
    );
    line.append(end);
  }
  return line;
}
