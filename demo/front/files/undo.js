// Undo a change of address, with the link that was mailed to the earlier one.
import { at, bearer, post, reportErrors, showWho } from "/page/common.js";

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
at("undo").disabled = !token;
at("undo").addEventListener("click", () =>
  reportErrors("undo-error", async () => {
    await post("/auth/email/undo/", { undo_token: token });
    at("undo").hidden = true;
    at("undone").hidden = false;
  }),
);
bearer.ready.then(showWho, () => {});
