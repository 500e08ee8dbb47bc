// A forgotten password: ask for a link, and choose another password with it.
import { at, bearer, post, reportErrors, showWho } from "/page/common.js";

let token = "";

/** Take the token out of the address, so that it is in no history and no screenshot. */
function read() {
  if (!location.hash && token) return;
  token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  at("choosing").hidden = !token;
  at("asking").hidden = token !== "";
}
addEventListener("hashchange", read); // the link was opened in this very tab
read();

at("ask-link").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("asking-error", async () => {
    await post("/auth/recovery/", { account: at("account-name").value });
    at("asked").hidden = false;
  });
});
at("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("choosing-error", async () => {
    const code = at("recover-code").value.trim();
    await post("/auth/recovery/password/", { recovery_token: token, password: at("new-password").value, ...(code ? { code } : {}) });
    at("new-password").value = at("recover-code").value = "";
    at("choose").hidden = true;
    at("chosen").hidden = false;
  });
});
bearer.ready.then(showWho, () => {});
