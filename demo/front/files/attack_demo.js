// The attack demo's cards, filled in while the attacks run.
import { at, bearer, element, gettext, interpolate, must, reportErrors, showWho } from "/page/common.js";

const PAUSE = 700; // ms between two looks
const cards = document.querySelectorAll("li[id^=step-]");

function fill({ number, came_back: cameBack, good, seen }) {
  const card = at(`step-${number}`);
  const list = card.querySelector("dl");
  for (const old of list.querySelectorAll(".outcome")) old.remove();
  const row = (name, ...content) => {
    const value = element("dd", "", { className: "outcome", lang: "en" });
    value.append(...content);
    list.append(element("dt", name, { className: "outcome" }), value);
  };
  row(gettext("What came back"), cameBack);
  if (seen.length) {
    const lines = element("ul", "", { className: "seen" });
    const told = new Set(seen.map(({ method, path, status, check }) => `${method} ${path} → ${status} ${check}`));
    lines.append(...[...told].map((line) => element("li", line)));
    row(gettext("What the server saw"), lines);
  } else row(gettext("What the server saw"), element("span", gettext("Nothing to refuse."), { lang: document.documentElement.lang }));
  card.querySelector(".badge")?.remove();
  const badge = element("p", good ? gettext("As expected") : gettext("Failed"), { className: `badge ${good ? "nothing" : "lasting"}` });
  card.querySelector("h3").after(badge);
}

async function follow() {
  let last = 0;
  let failed = 0;
  at("meter").hidden = false;
  for (;;) {
    const { running, results } = await must(`/attacks/results/?after=${last}`, "GET");
    for (const one of results) {
      last = one.number;
      failed += !one.good;
      fill(one);
    }
    at("meter").value = last;
    at("verdict").textContent = interpolate(gettext("%s of %s done"), [last, cards.length]);
    if (!running && !results.length) break;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  const all = last === cards.length && !failed;
  at("verdict").className = all ? "nothing" : "lasting";
  at("verdict").textContent = all
    ? interpolate(gettext("%s attacks, each answered as it should be."), [last])
    : interpolate(gettext("%s of %s done, %s failed."), [last, cards.length, failed]);
}

at("run").addEventListener("click", () =>
  reportErrors("trouble", async () => {
    at("verdict").className = "";
    at("verdict").textContent = gettext("The server of the attacks starts…");
    await must("/attacks/run/", "POST", {});
    await follow();
  }),
);

function show(session) {
  at("run").hidden = session.status !== "in";
  at("first").hidden = session.status === "in";
  showWho(session);
}
bearer.onChange(show);
bearer.ready.then(show, () => {});
