// The end of a sign-in at another site: what it said is in the address of this page.
import { canUsePasskeys } from "/page/allauth.js";
import { accounts, askCode, at, bearer, enrol, gettext, reportErrors, say, showWho } from "/page/common.js";

const query = location.search;
history.replaceState(null, "", location.pathname); // the code is in no history and no screenshot

const WORDS = {
  mfa_authenticate: [gettext("Second factor"), gettext("Type the code of your app, or a recovery code.")],
  verify_email: [gettext("Confirm your address"), gettext("The code is in the demo’s mails.")],
};

async function finish() {
  const wasIn = (await bearer.ready).status === "in";
  // Who has a passkey uses it; whoever gives that up types a code.
  const code = async (step, error, types) =>
    !error && types.includes("webauthn") && canUsePasskeys() ? { passkey: true } : askCode(...WORDS[step], error);
  const session = query ? await accounts.finishAtProvider({ query, code, enrol }) : null;
  if (session === null) at("back-again").hidden = false;
  else at(wasIn ? "back-connected" : "back-done").hidden = false;
}

bearer.onChange((session) => {
  if (session.changed) bearer.accept(session);
  showWho(session).catch(() => {});
});
reportErrors("back-error", finish, null).finally(() => {
  say("back-wait", "");
  if (!at("back-error").hidden) at("back-again").hidden = false;
  at("back-title").focus();
});
