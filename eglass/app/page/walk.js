// @ts-check
// The slider: a step η along a direction, and the image there.

import { any, by, button, choose, chosen, digits, distance, input, make, number, select, signed, sub } from "./dom.js";

/** @typedef {import("./talk.js").Talk} Talk */
/** @typedef {import("./talk.js").Step} Step */

export class Walk {
  /**
   * @param {Talk} talk
   * @param {(solution: import("./talk.js").Solution, words: string) => void} pin
   */
  constructor(talk, pin) {
    this.talk = talk;
    this.canvas = by("live", HTMLCanvasElement);
    this.eta = input("eta");
    this.metric = "distance";
    this.sound = true;
    /** @type {Step | null} */
    this.shown = null;
    this.eta.addEventListener("input", () => this.go());
    for (const id of ["K", "k"]) input(id).addEventListener("change", () => this.turn());
    select("path").addEventListener("change", () => this.turn());
    for (const radio of document.querySelectorAll('input[name="along"]')) radio.addEventListener("change", () => this.turn());
    button("flip").addEventListener("click", () => this.to(-this.eta.valueAsNumber));
    button("rest").addEventListener("click", () => this.to(0));
    button("pin").addEventListener("click", () => {
      if (this.shown) pin({ ...this.shown, uri: this.canvas.toDataURL("image/png") }, this.words(this.shown));
    });
  }

  /** The direction, as the server takes it. */
  get along() {
    return {
      kind: chosen("along"),
      number: number(input("K")) ?? 0,
      k: number(input("k")) ?? 0,
      path: select("path").value,
    };
  }

  /** Begin from another solution. @param {any} first */
  begin(first) {
    this.metric = first.metric;
    [this.canvas.width, this.canvas.height] = [first.width, first.height];
    input("K").max = String(first.dim);
    input("k").max = String(first.dim - 1);
    any("walk").hidden = false;
    this.turn();
  }

  /** Go along another direction. */
  turn() {
    input("k").disabled = chosen("along") !== "d";
    any("edge-says").textContent = "";
    any("edge").style.width = "0";
    this.go();
    this.talk.say({ type: "edges", number: 0, along: this.along });
  }

  /** @param {number} eta */
  to(eta) {
    this.eta.valueAsNumber = eta;
    this.go();
  }

  /** @param {string} kind @param {number} which */
  alongOther(kind, which) {
    choose("along", kind);
    input("K").valueAsNumber = which;
    this.turn();
    any("walk").scrollIntoView({ block: "nearest" });
  }

  go() {
    const eta = this.eta.valueAsNumber;
    by("eta-now", HTMLOutputElement).value = signed(eta, 2);
    this.eta.setAttribute("aria-valuetext", `η = ${eta}`);
    this.asked = performance.now();
    this.talk.step(this.along, eta);
  }

  /** @param {Step} step @param {Uint8ClampedArray} pixels */
  show(step, pixels) {
    const context = this.canvas.getContext("2d");
    const image = new ImageData(new Uint8ClampedArray(pixels), step.width, step.height);
    context?.putImageData(image, 0, 0);
    this.shown = step;
    const frame = !step.feasible ? "infeasible" : this.sound ? "feasible" : "unsure";
    any("view").className = `view ${frame}`;
    const says = make("b", { textContent: step.feasible ? (this.sound ? "✓ explains the measurement" : "feasible") : "✗ does not explain it" });
    any("live-says").replaceChildren(
      says,
      make("br"),
      sub("ℓ", "2"),
      ` ${digits(step.l2)}, PSNR ${step.psnr === null ? "∞" : step.psnr.toFixed(1)} dB, `,
      `${this.metric} ${distance(step.distance)}, atypicality ${signed(step.atypicality)}`,
    );
    this.canvas.setAttribute("aria-label", `The image at η = ${step.eta}, ${step.feasible ? "feasible" : "not feasible"}`);
    // Of tests and of the benchmark: which step is on the screen.
    this.canvas.dataset.eta = String(step.eta);
  }

  /** @param {{low: number, high: number}} edges */
  edges({ low, high }) {
    const reach = Number(this.eta.max);
    const style = any("edge").style;
    style.left = `${(50 * (reach + low)) / reach}%`;
    style.width = `${(50 * (high - low)) / reach}%`;
    any("edge-says").textContent = `Feasible from ${signed(low)} to ${signed(high)} along it.`;
  }

  /** @param {Step} step */
  words(step) {
    const which = { d: `d ${input("K").value}`, v: `v ${input("K").value}`, u: `u ${input("K").value}` };
    return `${which[/** @type {"d"} */ (chosen("along"))]}, η ${signed(step.eta, 2)}`;
  }
}
