// Sign-up with a passkey: an address, the mailed code, the key.
import { accounts, askCode, at, bearer, element, gettext, reportErrors, showWho } from "/page/common.js";

const mails = () => [`${gettext("The code is in the demo’s mails:")} `, element("a", gettext("open them in another tab"), { href: "/mails/", target: "_blank" })];

at("signup").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("signup-error", async () => {
    const code = (error) => askCode(gettext("Confirm your address"), mails(), error);
    const session = await accounts.signUpWithPasskey({ email: at("email").value, name: gettext("My passkey"), code });
    if (session === null) return;
    at("signup").hidden = true;
    at("signup-done").hidden = false;
  });
});
bearer.onChange((session) => showWho(session));
bearer.ready.then(showWho, () => {});
