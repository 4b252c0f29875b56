// @ts-check
// Solutions as cards, those that are pinned, and two of them beside one another.

import { any, by, digits, distance, input, make, select, signed, sub } from "./dom.js";

/** @typedef {import("./talk.js").Solution} Solution */
/** @typedef {{title: string, uri: string, solution: Solution | null}} Pin */

/**
 * Return a card of a solution.
 * @param {Solution} solution
 * @param {string} title
 * @param {{metric: string, sound: boolean}} about
 * @param {...HTMLButtonElement} buttons
 */
export function card(solution, title, { metric, sound }, ...buttons) {
  const frame = !solution.feasible ? "infeasible" : sound ? "feasible" : "unsure";
  const numbers = make("dl", { className: "numbers" });
  /** @param {Node | string} name @param {string} value */
  const say = (name, value) => numbers.append(make("dt", {}, name), make("dd", { textContent: value }));
  say(sub("ℓ", "2"), digits(solution.l2));
  say("PSNR", solution.psnr === null ? "∞" : `${solution.psnr.toFixed(1)} dB`);
  say(metric, distance(solution.distance));
  say("atypicality", signed(solution.atypicality));
  const words = `${title}, ${solution.feasible ? "feasible" : "not feasible"}`;
  return make(
    "li",
    { className: `card ${frame}` },
    make("figure", {},
      make("img", { src: solution.uri ?? "", alt: words }),
      make("figcaption", {}, make("b", { textContent: `${title}${frame === "feasible" ? " ✓" : ""}` }), numbers)),
    ...buttons,
  );
}

export class Pins {
  constructor() {
    /** @type {Pin[]} */
    this.pins = [];
    this.about = { metric: "distance", sound: true };
    /** @type {Pin[]} */
    this.given = [];
    for (const id of ["left", "right"]) select(id).addEventListener("change", () => this.compare());
    const at = input("wipe-at");
    at.addEventListener("input", () => this.wipe());
    const wipe = any("wipe");
    /** @param {PointerEvent} event */
    const drag = (event) => {
      if (event.buttons === 0 && event.type !== "pointerdown") return;
      const box = wipe.getBoundingClientRect();
      at.valueAsNumber = (100 * (event.clientX - box.left)) / box.width;
      this.wipe();
      event.preventDefault();
    };
    wipe.addEventListener("pointerdown", drag);
    wipe.addEventListener("pointermove", drag);
  }

  /** @param {Pin[]} given what every solution may be compared with */
  begin(given) {
    this.given = given;
    this.list();
  }

  /** @param {Solution} solution @param {string} title */
  add(solution, title) {
    this.pins.push({ title: `${this.pins.length + 1}: ${title}`, uri: solution.uri ?? "", solution });
    this.list();
    select("right").selectedIndex = select("right").length - 1;
    if (this.pins.length > 1) select("left").selectedIndex = select("left").length - 2;
    this.compare();
  }

  list() {
    any("pins-section").hidden = this.pins.length === 0;
    any("wiping").hidden = this.pins.length === 0;
    const cards = this.pins.map((pin) => {
      const gone = make("button", { type: "button", textContent: "unpin", onclick: () => {
        this.pins = this.pins.filter((other) => other !== pin);
        this.list();
      } });
      const save = make("button", { type: "button", textContent: "download", onclick: () =>
        make("a", { href: pin.uri, download: `${pin.title.replace(/[^\w.+-]+/g, "-")}.png` }).click() });
      for (const each of [gone, save]) each.setAttribute("aria-label", `${each.textContent} ${pin.title}`);
      return pin.solution ? card(pin.solution, pin.title, this.about, save, gone) : make("li");
    });
    any("pins").replaceChildren(...cards);
    for (const id of ["left", "right"]) {
      const before = select(id).selectedIndex;
      select(id).replaceChildren(...this.all.map((pin) => make("option", { textContent: pin.title })));
      select(id).selectedIndex = Math.min(Math.max(0, before), this.all.length - 1);
    }
    this.compare();
  }

  get all() {
    return [...this.given, ...this.pins];
  }

  compare() {
    for (const id of ["left", "right"]) {
      const pin = this.all[select(id).selectedIndex];
      const image = by(`wipe-${id}`, HTMLImageElement);
      if (pin) [image.src, image.alt] = [pin.uri, `${id}: ${pin.title}`];
    }
    this.wipe();
  }

  wipe() {
    const at = input("wipe-at");
    by("wipe-right", HTMLImageElement).style.clipPath = `inset(0 0 0 ${at.value}%)`;
    at.setAttribute("aria-valuetext", `${at.value} percent of the left one`);
  }
}
