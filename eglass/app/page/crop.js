// @ts-check
// What of a photograph is looked at: a rectangle of the generator's aspect, dragged or typed.

import { any, by, button, input } from "./dom.js";

/** @typedef {{uri: string, width: number, height: number, crop: number[], by: string, faces: number, aspect: number}} Photograph */

/** @type {Record<string, string>} */
const WHY = {
  face: "A face was found: it is framed as the generator frames its own.",
  given: "Framed as the bundled pictures are.",
  centre: "No face that the generator could frame was found: the centre.",
};

export class Crop {
  /** @param {() => void} changed is called once another part is chosen */
  constructor(changed) {
    this.changed = changed;
    /** @type {Photograph | null} */
    this.photograph = null;
    this.x = input("crop-x");
    this.y = input("crop-y");
    this.size = input("crop-size");
    this.frame = any("crop-frame");
    for (const range of [this.x, this.y, this.size]) {
      range.addEventListener("input", () => this.draw());
      range.addEventListener("change", () => this.changed());
    }
    button("crop-again").addEventListener("click", () => {
      if (this.photograph) this.take(this.photograph.crop);
      this.changed();
    });
    this.listen(any("crop-stage"));
  }

  /** @param {HTMLElement} stage */
  listen(stage) {
    /** @type {{x: number, y: number, left: number, top: number} | null} */
    let held = null;
    stage.addEventListener("pointerdown", (event) => {
      stage.setPointerCapture(event.pointerId);
      held = { x: event.clientX, y: event.clientY, left: this.x.valueAsNumber, top: this.y.valueAsNumber };
      event.preventDefault();
    });
    stage.addEventListener("pointermove", (event) => {
      if (!held) return;
      const { width, height } = stage.getBoundingClientRect();
      const [tall, wide] = this.sides();
      this.x.valueAsNumber = held.left + (event.clientX - held.x) / width / Math.max(1e-6, 1 - wide);
      this.y.valueAsNumber = held.top + (event.clientY - held.y) / height / Math.max(1e-6, 1 - tall);
      this.draw();
    });
    stage.addEventListener("pointerup", () => {
      if (held) this.changed();
      held = null;
    });
    stage.addEventListener(
      "wheel",
      (event) => {
        this.size.valueAsNumber -= Math.sign(event.deltaY) * 0.03;
        this.draw();
        this.changed();
        event.preventDefault();
      },
      { passive: false },
    );
  }

  /** @param {Photograph} photograph @param {number[] | null} crop */
  show(photograph, crop) {
    this.photograph = photograph;
    by("photograph", HTMLImageElement).src = photograph.uri;
    const faces = photograph.faces > 1 ? ` It is the largest of ${photograph.faces}.` : "";
    any("crop-why").textContent = (WHY[photograph.by] ?? "") + faces;
    any("cropping").hidden = false;
    this.take(crop ?? photograph.crop);
  }

  hide() {
    this.photograph = null;
    any("cropping").hidden = true;
  }

  /** Height and width, fractions of the photograph's. */
  sides() {
    const { width = 1, height = 1, aspect = 1 } = this.photograph ?? {};
    const most = Math.min(height, width / aspect);
    const tall = this.size.valueAsNumber * most;
    return [tall / height, (tall * aspect) / width];
  }

  /** @param {number[]} crop top, left, bottom, right */
  take(crop) {
    const { width = 1, height = 1, aspect = 1 } = this.photograph ?? {};
    const [top, left, bottom] = crop;
    this.size.valueAsNumber = ((bottom - top) * height) / Math.min(height, width / aspect);
    const [tall, wide] = this.sides();
    // Ranges go over where the rectangle can be, lest it leave the photograph.
    this.x.valueAsNumber = wide < 1 ? left / (1 - wide) : 0;
    this.y.valueAsNumber = tall < 1 ? top / (1 - tall) : 0;
    this.draw();
  }

  /** @returns {number[] | null} */
  get value() {
    if (!this.photograph) return null;
    const [tall, wide] = this.sides();
    const top = this.y.valueAsNumber * (1 - tall);
    const left = this.x.valueAsNumber * (1 - wide);
    return [top, left, Math.min(1, top + tall), Math.min(1, left + wide)].map((edge) => Number(edge.toFixed(4)));
  }

  draw() {
    const [top, left, bottom, right] = this.value ?? [0, 0, 1, 1];
    const style = this.frame.style;
    [style.top, style.left] = [`${100 * top}%`, `${100 * left}%`];
    [style.height, style.width] = [`${100 * (bottom - top)}%`, `${100 * (right - left)}%`];
  }
}
