// @ts-check
// A mask that is painted on the image, by pointer or by keys: white is deleted.

import { any, by, button, input } from "./dom.js";

export class Mask {
  /** @param {() => void} changed is called after each stroke */
  constructor(changed) {
    this.changed = changed;
    this.canvas = by("mask", HTMLCanvasElement);
    this.under = by("mask-under", HTMLCanvasElement);
    this.brush = input("brush");
    this.erase = input("erase");
    this.at = { x: 0, y: 0 };
    this.down = false;
    this.empty = true;
    /** @type {HTMLImageElement | null} */
    this.picture = null;
    this.listen();
    button("mask-clear").addEventListener("click", () => {
      this.clear();
      this.changed();
    });
    button("mask-save").addEventListener("click", async () => {
      const address = URL.createObjectURL(await this.png());
      Object.assign(document.createElement("a"), { href: address, download: "mask.png" }).click();
      URL.revokeObjectURL(address);
    });
  }

  /** @param {HTMLCanvasElement} canvas */
  static context(canvas) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("this browser has no canvas");
    return context;
  }

  listen() {
    /** @type {{x: number, y: number} | null} */
    let last = null;
    /** @param {PointerEvent} event */
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return {
        x: ((event.clientX - box.left) / box.width) * this.canvas.width,
        y: ((event.clientY - box.top) / box.height) * this.canvas.height,
      };
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      last = place(event);
      this.stroke(last, last);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const here = place(event);
      this.stroke(last, here);
      last = here;
    });
    this.canvas.addEventListener("pointerup", () => {
      if (last) this.changed();
      last = null;
    });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, number[]>} */
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (way) {
      const far = event.shiftKey ? 8 : 2;
      const before = { ...this.at };
      this.at.x = Math.min(this.canvas.width - 1, Math.max(0, this.at.x + far * way[0]));
      this.at.y = Math.min(this.canvas.height - 1, Math.max(0, this.at.y + far * way[1]));
      if (this.down) this.stroke(before, this.at);
    } else if (event.key === " " || event.key === "Enter") {
      this.down = !this.down;
      if (this.down) this.stroke(this.at, this.at);
    } else return;
    event.preventDefault();
    const doing = this.down ? (this.erase.checked ? "erasing" : "painting") : "brush up";
    any("mask-says").textContent = `${doing} at ${Math.round(this.at.x)}, ${Math.round(this.at.y)}`;
    this.cursor();
    if (!this.down || way) this.changed();
  }

  /** Show where the brush of the keys is. */
  cursor() {
    const context = Mask.context(this.under);
    if (this.picture) context.drawImage(this.picture, 0, 0);
    context.strokeStyle = this.down ? "#e0383e" : "#2b8ae0";
    context.strokeRect(this.at.x - 2, this.at.y - 2, 4, 4);
  }

  /** @param {{x: number, y: number}} from @param {{x: number, y: number}} to */
  stroke(from, to) {
    const context = Mask.context(this.canvas);
    context.globalCompositeOperation = this.erase.checked ? "destination-out" : "source-over";
    context.strokeStyle = "#fff";
    context.lineWidth = this.brush.valueAsNumber * (this.canvas.width / 64);
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + 1e-3);
    context.stroke();
    this.note();
  }

  note() {
    const { data } = Mask.context(this.canvas).getImageData(0, 0, this.canvas.width, this.canvas.height);
    this.empty = !data.some((value, i) => i % 4 === 3 && value > 127);
    any("mask-none").hidden = !this.empty;
  }

  clear() {
    Mask.context(this.canvas).clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.down = false;
    this.note();
  }

  /**
   * Show the image that is painted on; what is painted stays where the size does.
   * @param {string} uri
   * @param {number} width
   * @param {number} height
   */
  async show(uri, width, height) {
    const picture = new Image();
    picture.src = uri;
    await picture.decode();
    if (this.canvas.width !== width || this.canvas.height !== height) {
      for (const canvas of [this.canvas, this.under]) [canvas.width, canvas.height] = [width, height];
      this.at = { x: Math.round(width / 2), y: Math.round(height / 2) };
      this.clear();
    }
    this.picture = picture;
    Mask.context(this.under).drawImage(picture, 0, 0);
  }

  /** The mask as black and white: no greys where the brush is smooth. @returns {Promise<Blob>} */
  png() {
    const { width, height } = this.canvas;
    const flat = new OffscreenCanvas(width, height);
    const context = flat.getContext("2d");
    if (!context) throw new Error("this browser has no canvas");
    const image = Mask.context(this.canvas).getImageData(0, 0, width, height);
    for (let i = 0; i < image.data.length; i += 4) {
      image.data.fill(image.data[i + 3] > 127 ? 255 : 0, i, i + 3);
      image.data[i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return flat.convertToBlob({ type: "image/png" });
  }
}
