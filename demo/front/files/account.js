// The account: factors, recovery codes, sessions, the address.
import { accounts, askCode, at, bearer, call, element, gettext, interpolate, listDevices, must, mustAsOwner, reportErrors, say, showWho } from "/page/common.js";
import { canUsePasskeys } from "/page/allauth.js";

const KINDS = {
  webauthn: gettext("Passkey"),
  totp: gettext("App for codes"),
  recovery_codes: gettext("Recovery codes"),
};
let shown = null;

function show(session) {
  if (session.changed) bearer.accept(session);
  at("account").hidden = session.status !== "in";
  at("outside").hidden = session.status !== "out";
  showWho(session).catch(() => {});
  if (session.status === "out") {
    for (const id of ["factors", "devices", "remembered"]) at(id).replaceChildren();
    at("totp").hidden = true;
    at("secret").value = "";
    at("qr").removeAttribute("src");
    if (shown) say("trouble", gettext("Your sessions have ended. Sign in again: the change is in force."));
    shown = null;
  }
  if (session.status === "in" && shown !== session.id) {
    shown = session.id;
    reportErrors("trouble", () => Promise.all([listFactors(), listDevices("devices-error"), listRemembered()]), null);
  }
}

async function listFactors() {
  const factors = await accounts.factors();
  at("factors").replaceChildren(...factors.map(factor));
  if (!factors.length) at("factors").append(element("li", gettext("None yet: the password alone opens this account.")));
  at("add-totp").hidden = factors.some(({ type }) => type === "totp");
}

function factor(one) {
  const line = element("li", "");
  const name = one.name ? `${KINDS[one.type]}: ${one.name}` : KINDS[one.type];
  const about = element("span", name);
  const made = new Date(one.created_at * 1000).toLocaleDateString(document.documentElement.lang);
  const left = one.type === "recovery_codes" ? interpolate(gettext("%s left"), [one.unused_code_count]) : interpolate(gettext("since %s"), [made]);
  about.append(document.createElement("br"), element("small", left));
  line.append(about);
  if (one.type !== "recovery_codes") {
    const remove = element("button", gettext("Remove"), { type: "button", className: "quiet" });
    remove.setAttribute("aria-label", interpolate(gettext("Remove %s"), [name]));
    remove.addEventListener("click", () => reportErrors("factor-error", () => accounts.removeFactor(one)));
    line.append(remove);
  }
  return line;
}

/** The devices on which the password is enough, each with a button that ends that. */
async function listRemembered() {
  const { remembered_devices: devices } = await must("/auth/remembered-devices/", "GET");
  at("remembered-title").hidden = !devices.length;
  at("remembered").replaceChildren(
    ...devices.map(({ id, device, expires_at: until }) => {
      const line = element("li", "");
      const about = element("span", device);
      const day = new Date(until * 1000).toLocaleDateString(document.documentElement.lang);
      about.append(document.createElement("br"), element("small", interpolate(gettext("until %s"), [day])));
      const end = element("button", gettext("Ask again"), { type: "button", className: "quiet" });
      end.setAttribute("aria-label", interpolate(gettext("Ask again on %s"), [device]));
      end.addEventListener("click", () =>
        reportErrors("devices-error", async () => {
          await must(`/auth/remembered-devices/${id}/`, "DELETE");
          await listRemembered();
        }),
      );
      line.append(about, end);
      return line;
    }),
  );
}

at("add-passkey").hidden = !canUsePasskeys();
at("add-passkey").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("factor-error", async () => showCodes(await accounts.addPasskey(at("passkey-name").value)));
});
at("add-totp").addEventListener("click", () =>
  reportErrors("factor-error", async () => {
    const { secret, url } = await accounts.beginTotp();
    const picture = await must("/account/qr/", "POST", { url });
    at("qr").src = `data:image/svg+xml,${encodeURIComponent(picture.svg)}`;
    at("secret").value = secret;
    at("totp").hidden = false;
    at("totp-title").focus();
  }),
);
at("complete-totp").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("totp-error", async () => {
    const codes = await accounts.completeTotp(at("totp-code").value.trim());
    at("totp-code").value = "";
    showCodes(codes);
  });
});

/** Show codes until the user says that they are kept: the session may have ended meanwhile, and they come once. */
function showCodes(codes) {
  if (!codes.length) return;
  at("code-list").replaceChildren(...codes.map((code) => element("li", code)));
  at("download-codes").href = `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join("\n")}\n`)}`;
  at("codes").hidden = false;
  at("shown-title").focus();
}
at("hide-codes").addEventListener("click", () => {
  at("code-list").replaceChildren();
  at("download-codes").removeAttribute("href");
  at("codes").hidden = true;
});
at("show-codes").addEventListener("click", () =>
  reportErrors("codes-error", async () => {
    const codes = await accounts.recoveryCodes();
    showCodes(codes);
    if (!codes.length) say("codes-error", gettext("You have none yet. They come with your first second factor."));
  }),
);
at("new-codes").addEventListener("click", () => reportErrors("codes-error", async () => showCodes(await accounts.newRecoveryCodes())));
at("print-codes").addEventListener("click", () => window.print());

at("everywhere").addEventListener("click", () =>
  reportErrors("devices-error", async () => {
    await must("/auth/logout-everywhere/", "POST", {});
    await bearer.refresh();
  }),
);
at("email").addEventListener("submit", (event) => {
  event.preventDefault();
  reportErrors("email-error", async () => {
    await mustAsOwner("/auth/email/", "POST", { email: at("new-email").value });
    for (let error = null; ; ) {
      const code = await askCode(gettext("Confirm the new address"), gettext("The code is in the demo’s mails."), error);
      if (code === null) return;
      try {
        await must("/auth/email/confirm/", "POST", { code });
        await bearer.refresh();
        return;
      } catch (refused) {
        if (refused.code !== "code_refused") throw refused;
        error = refused;
      }
    }
  });
});
at("connect").addEventListener("click", () =>
  reportErrors("others-error", async () => location.assign(await accounts.beginAtProvider("company", `${location.origin}/back/`))),
);

bearer.onChange(show);
bearer.ready.then(show, () => reportErrors("trouble", () => bearer.ready, null));
