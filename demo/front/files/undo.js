// Undo a change of address, with the link that was mailed to the earlier one.
import { at, bearer, post, reportErrors, showWho } from "/page/common.js";

let token = "";

/** Take the token out of the address, so that it is in no history and no screenshot. */
function read() {
  if (!location.hash && token) return;
  token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  at("undo").disabled = !token;
}
addEventListener("hashchange", read); // the link was opened in this very tab
read();
at("undo").addEventListener("click", () =>
  reportErrors("undo-error", async () => {
    await post("/auth/email/undo/", { undo_token: token });
    at("undo").hidden = true;
    at("undone").hidden = false;
  }),
);
bearer.ready.then(showWho, () => {});
