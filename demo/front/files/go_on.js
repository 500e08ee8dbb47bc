// A login that goes on at another device: this page shows the QR code, and it is the page that the code opens.
import { at, bearer, gettext, interpolate, must, reportErrors, say, showWho } from "/page/common.js";
import { createHandover } from "/page/handover.js";

const handover = createHandover(bearer, { at: "/auth/" });
let offer = null;
let waiting = new AbortController();

/** One part of the page, and none of the others. */
function only(id) {
  for (const other of ["outside", "offer", "no-password", "approve", "received"]) at(other).hidden = other !== id;
}

bearer.onChange((session) => {
  if (session.changed) bearer.accept(session);
  showWho(session).catch(() => {});
});

async function begin() {
  const session = await handover.receive({
    showNumber(number) {
      at("shown-number").textContent = number;
      only("received");
      at("go-on-title").focus();
    },
  });
  if (session !== null) {
    only("");
    say("go-on-done", gettext("You are signed in here, too."));
    return;
  }
  if ((await bearer.ready).status !== "in") return only("outside");
  // A page hands a login over by the password alone: its script could send everything else.
  only((await must("/whoami/", "GET")).has_password ? "offer" : "no-password");
}
reportErrors("go-on-error", begin, null);

/** Wait for the device that reads the code, and say which it is. */
async function watch() {
  waiting.abort();
  waiting = new AbortController();
  const { device, where } = await offer.receiver({ signal: waiting.signal });
  at("receiver").textContent = interpolate(gettext("%s in the network %s has read the code."), [device, where]);
}

at("offer").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("go-on-error", async () => {
    say("go-on-done", "");
    const password = at("offer-password").value;
    at("offer-password").value = "";
    offer = await handover.offer("first-party", { password });
    const picture = await must("/account/qr/", "POST", { url: offer.url });
    at("offer-qr").src = `data:image/svg+xml,${encodeURIComponent(picture.svg)}`;
    at("offer-url").value = offer.url;
    at("number").value = "";
    at("receiver").textContent = gettext("Waiting for the other device. The code is good for a minute.");
    only("approve");
    at("number").focus();
    reportErrors("go-on-error", watch, null).then(() => {
      if (!at("go-on-error").hidden && !at("approve").hidden) only("offer");
    });
  });
});

at("approve").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("go-on-error", async () => {
    await offer.approve(at("number").value.trim());
    at("offer-qr").removeAttribute("src");
    at("offer-url").value = "";
    only("offer");
    say("go-on-done", gettext("The other device is signed in. You find it in the list of your sessions."));
  });
});
