// @ts-check
// C as a picture to choose a cell of, and what u^i and v^j do to the image.

import { any, button, by, digits, distance, figure, input, make, number, signed, sub } from "./dom.js";

/** @typedef {import("./talk.js").Talk} Talk */

export class Coupling {
  /**
   * @param {Talk} talk
   * @param {(kind: string, which: number) => void} walk
   */
  constructor(talk, walk) {
    this.talk = talk;
    this.step = 3;
    this.dim = 1;
    const map = by("coupling", HTMLImageElement);
    map.addEventListener("click", (event) => {
      const box = map.getBoundingClientRect();
      const cell = (/** @type {number} */ share) => Math.min(this.dim, 1 + Math.floor(share * this.dim));
      this.choose(cell((event.clientY - box.top) / box.height), cell((event.clientX - box.left) / box.width));
    });
    for (const id of ["cell-i", "cell-j"]) input(id).addEventListener("change", () => this.ask());
    button("cell-walk").addEventListener("click", () => walk("v", number(input("cell-j")) ?? 1));
    button("cell-walk-u").addEventListener("click", () => walk("u", number(input("cell-i")) ?? 1));
  }

  /** @param {any} first */
  begin(first) {
    this.dim = first.dim;
    by("coupling", HTMLImageElement).src = first.coupling.uri;
    any("coupling-says").replaceChildren(
      make("span", { className: "heat" }),
      `|C| from 0 to ${first.coupling.brightest.toFixed(2)}; i goes down, j to the right, 1 to ${this.dim}.`,
    );
    for (const id of ["cell-i", "cell-j"]) input(id).max = String(this.dim);
    any("coupling-section").hidden = false;
    this.ask();
  }

  /** @param {number} i @param {number} j */
  choose(i, j) {
    input("cell-i").valueAsNumber = i;
    input("cell-j").valueAsNumber = j;
    this.ask();
  }

  ask() {
    const [i, j] = [number(input("cell-i")) ?? 0, number(input("cell-j")) ?? 0];
    this.talk.say({ type: "pair", number: 0, i, j, step: this.step });
  }

  /** @param {any} pair */
  show(pair) {
    any("cell-says").textContent = `u ${pair.i} and v ${pair.j}: C = ${pair.c.toFixed(3)}. One step of ${this.step} each way:`;
    const shown = [
      ...pair.u.map((/** @type {any} */ each) => ["u", pair.i, each]),
      ...pair.v.map((/** @type {any} */ each) => ["v", pair.j, each]),
    ].map(([name, which, each]) => {
      const made = figure(each.uri, `${name} ${which}, step ${each.step}`, `${name}`, make("sup", { textContent: which }), ` ${signed(each.step, 0)}: `,
        sub("ℓ", "2"), ` ${digits(each.l2)}, ${distance(each.distance)}`);
      made.className = each.feasible ? "feasible" : "infeasible";
      return made;
    });
    any("cell").replaceChildren(...shown);
  }
}
