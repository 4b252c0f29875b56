// @ts-check
// The page: what is asked is sent, what is found is shown.

import { Coupling } from "./coupling.js";
import { any, button, by, digits, figure, input, make, select, sub } from "./dom.js";
import { show as showDraws } from "./draws.js";
import { Setup } from "./setup.js";
import { card, Pins } from "./solutions.js";
import { Talk } from "./talk.js";
import { Walk } from "./walk.js";

/** @type {any} */
let first = null;
/** @type {any} */
let asked = null;
let run = 0;
let began = false;

const progress = by("progress", HTMLProgressElement);

/** @param {string} line */
function say(line) {
  any("says").textContent = line;
}

/** @param {string} line what is wrong; none takes the last one away */
function complain(line) {
  any("error").textContent = line;
  any("error").hidden = line === "";
}

/** @param {boolean} is */
function busy(is) {
  progress.hidden = !is;
  button("cancel").hidden = !is;
}

const talk = new Talk({
  said: hear,
  stepped: (step, pixels) => walk.show(step, pixels),
  connected: (open) => {
    button("explore").disabled = !open;
    if (!open) {
      busy(false);
      say("The server does not answer; the page tries again.");
    }
  },
});
const pins = new Pins();
const walk = new Walk(talk, (solution, words) => pins.add(solution, words));
const coupling = new Coupling(talk, (kind, which) => walk.alongOther(kind, which));
const setup = new Setup(talk, complain);

/** @param {any} message */
function hear(message) {
  const { type } = message;
  if (type === "hello") hello(message);
  else if (type === "refused") complain(message.line);
  else if (type === "edges") walk.edges(message);
  else if (type === "pair") coupling.show(message);
  else if (message.run === run) HEARD[type]?.(message);
}

/** @type {Record<string, (message: any) => void>} */
const HEARD = {
  waiting: ({ ahead }) => say(`Waiting: ${ahead} ${ahead === 1 ? "exploration is" : "explorations are"} before this one.`),
  started: () => say("Begun."),
  progress: ({ stage, done, total, l2 }) => {
    progress.max = Math.max(1, total);
    progress.value = done;
    say(`${stage}: ${done} of ${total}${l2 === null || !Number.isFinite(l2) ? "" : `, ℓ2 ${digits(l2)}`}`);
  },
  commands: (message) => {
    any("clone").textContent = message.clone;
    any("package").textContent = message.package;
  },
  first: begin,
  solutions: solutions,
  recorded: recorded,
  done: () => {
    busy(false);
    say("Done.");
  },
  cancelled: () => {
    busy(false);
    say("Cancelled.");
  },
  failed: ({ line }) => {
    busy(false);
    say("Refused.");
    complain(line);
  },
};

/** @param {any} message */
async function hello(message) {
  input("eta").max = String(message.reach);
  input("eta").min = String(-message.reach);
  coupling.step = message.pair;
  if (began) {
    say("Connected again.");
    return;
  }
  began = true;
  select("path").value = message.path;
  input("k").valueAsNumber = message.k;
  setup.offer(message);
  const link = new URLSearchParams(location.hash.slice(1)).get("explore");
  if (link === null) {
    await setup.source();
    return;
  }
  try {
    const { walk: at, ...rest } = JSON.parse(link);
    if (at) {
      document.querySelector(`input[name="along"][value="${CSS.escape(at.kind)}"]`)?.setAttribute("checked", "");
      [input("K").value, input("k").value, select("path").value] = [at.number, at.k, at.path];
      input("eta").value = at.eta;
    }
    await setup.fill(rest);
    await explore();
  } catch (error) {
    complain(`the link cannot be read (${error instanceof Error ? error.message : error})`);
  }
}

async function explore() {
  complain("");
  try {
    asked = await setup.ready();
    run += 1;
    busy(true);
    progress.removeAttribute("value");
    say("Asked.");
    talk.say({ type: "explore", number: run, asked });
    remember();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
}

/** Keep what is asked, and where the slider is, in the address. */
function remember() {
  if (asked === null) return;
  const at = { ...walk.along, eta: input("eta").valueAsNumber };
  const address = `#explore=${encodeURIComponent(JSON.stringify({ ...asked, walk: at }))}`;
  history.replaceState(null, "", address);
  by("link", HTMLAnchorElement).href = address;
  any("link-says").textContent =
    asked.target.upload || asked.mask ? "It holds as long as what was uploaded is kept: until a while after this page is closed." : "";
}

/** @param {any} message */
function begin(message) {
  first = message;
  walk.sound = true;
  any("verdict").hidden = true;
  for (const id of ["solutions-section", "agreement-section", "draws-section"]) any(id).hidden = true;
  const given = [
    { title: "target", uri: message.target, words: "which no method is shown" },
    { title: "measurement", uri: message.measurement, words: `${message.entries.toLocaleString("en")} entries` },
    { title: "G(z0)", uri: message.solution.uri, words: `ℓ2 ${digits(message.solution.l2)}: the first solution${message.adapted ? ", its generator adapted" : ""}` },
  ].filter(({ uri }) => uri);
  any("given").replaceChildren(...given.map(({ title, uri, words }) => figure(uri, title, make("b", { textContent: title }), `: ${words}`)));
  any("given-title").textContent = `${message.title}: ${message.name}`;
  for (const id of ["given-section", "made"]) any(id).hidden = false;
  pins.about = { metric: message.metric, sound: true };
  pins.begin(given.map(({ title, uri }) => ({ title, uri, solution: null })));
  any("downloads").replaceChildren();
  any("about").replaceChildren();
  walk.begin(message);
  coupling.begin(message);
}

/** @param {any} message */
function solutions(message) {
  const found = message.solutions;
  const feasible = found.filter((/** @type {any} */ each) => each.feasible).length;
  any("solutions-says").replaceChildren(
    `${feasible} of ${found.length} explain the measurement: `, sub("ℓ", "2"), ` ≤ ${digits(first.threshold)}.`);
  const cards = found.map((/** @type {any} */ each, /** @type {number} */ i) => {
    const title = `${i + 1} · ${each.direction}`;
    const pin = make("button", { type: "button", textContent: "pin", onclick: () => pins.add(each, title) });
    pin.setAttribute("aria-label", `pin ${title}`);
    return card(each, title, pins.about, pin);
  });
  any("cards").replaceChildren(...cards);
  any("solutions-section").hidden = false;
}

/** @param {any} message */
function recorded(message) {
  const { verdict, agreement } = message;
  if (verdict) {
    const outside = !verdict.inside;
    const words = outside
      ? `Outside of what the generator makes: ${verdict.reasons.join("; ")}. That an image explains the measurement says little here: no frame is green.`
      : "Within what the generator makes.";
    any("verdict").textContent = words;
    any("verdict").className = outside ? "outside" : "";
    any("verdict").hidden = false;
    if (outside) {
      walk.sound = pins.about.sound = false;
      for (const each of document.querySelectorAll(".feasible")) each.classList.replace("feasible", "unsure");
    }
  }
  const most = agreement.spread.brightest.toFixed(2);
  any("agreement").replaceChildren(
    figure(agreement.mean, "Their mean", make("b", { textContent: "mean" })),
    figure(agreement.spread.uri, "Where they differ", make("b", { textContent: "where they differ" }), make("span", { className: "heat" }), `0 to ${most} of white`),
    figure(agreement.prior.uri, "Where images of no measurement differ", make("b", { textContent: "without the measurement" }), ", the same colours"),
  );
  any("agreement-section").hidden = false;
  showDraws(message.draws);
  const downloads = ["pictures.zip", "solutions.csv", "record.zip"].map((what) =>
    make("a", { href: `download/${what}?visitor=${encodeURIComponent(talk.visitor)}`, download: what, textContent: what }));
  any("downloads").replaceChildren("Download ", ...downloads);
  const seconds = Object.entries(message.seconds).map(([stage, took]) => `${stage} ${Number(took).toFixed(2)} s`);
  any("about").replaceChildren(
    make("dt", { textContent: "Record" }), make("dd", {}, make("code", { textContent: message.place })),
    make("dt", { textContent: "Seconds" }), make("dd", { textContent: seconds.join(", ") }),
  );
}

any("setup").addEventListener("submit", (event) => {
  event.preventDefault();
  explore();
});
button("cancel").addEventListener("click", () => talk.say({ type: "cancel" }));
input("eta").addEventListener("change", remember);
