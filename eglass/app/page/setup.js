// @ts-check
// What is explored: the form, from the choices that the server offers to what it is asked.

import { Crop } from "./crop.js";
import { any, by, button, choose, chosen, input, make, number, select } from "./dom.js";
import { Mask } from "./mask.js";

/** @typedef {import("./talk.js").Talk} Talk */

export class Setup {
  /**
   * @param {Talk} talk
   * @param {(line: string) => void} complain
   */
  constructor(talk, complain) {
    this.talk = talk;
    this.complain = complain;
    /** @type {{upload: string, name: string} | null} */
    this.upload = null;
    /** @type {{upload: string, name: string} | null} */
    this.painted = null;
    this.crop = new Crop(() => this.look());
    this.mask = new Mask(() => (this.painted = null));
    /** @type {any} */
    this.hello = null;
    this.looked = "";
    this.looks = 0;
    this.listen();
  }

  listen() {
    for (const radio of document.querySelectorAll('input[name="kind"]')) radio.addEventListener("change", () => this.source());
    button("another").addEventListener("click", () => {
      input("sample").valueAsNumber = Math.floor(Math.random() * 1e6);
      this.look();
    });
    input("sample").addEventListener("change", () => this.look());
    select("picture").addEventListener("change", () => this.source());
    select("generator").addEventListener("change", () => this.source());
    select("problem").addEventListener("change", () => this.look());
    input("file").addEventListener("change", () => {
      const file = input("file").files?.[0];
      if (file) this.take(file, file.name);
    });
    button("webcam").addEventListener("click", () => this.film());
  }

  /** Show the webcam, until a picture is taken. */
  async film() {
    const video = by("video", HTMLVideoElement);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
      video.srcObject = stream;
      await video.play();
      any("camera").hidden = false;
      const end = () => {
        for (const track of stream.getTracks()) track.stop();
        any("camera").hidden = true;
      };
      button("unshoot").onclick = end;
      button("shoot").onclick = async () => {
        const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
        canvas.getContext("2d")?.drawImage(video, 0, 0);
        end();
        await this.take(await canvas.convertToBlob({ type: "image/png" }), "webcam.png");
      };
      button("shoot").focus();
    } catch (error) {
      this.complain(`there is no webcam that this page may use (${error instanceof Error ? error.message : error})`);
    }
  }

  /** @param {Blob} file @param {string} name */
  async take(file, name) {
    const most = this.hello.upload_mb;
    try {
      if (file.size > most * 1e6) throw new Error(`${name} is larger than ${most} MB: crop or shrink it`);
      this.upload = await this.talk.upload(file, name);
      await this.source();
    } catch (error) {
      this.upload = null;
      this.crop.hide();
      this.complain(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {any} hello what the server offers */
  offer(hello) {
    this.hello = hello;
    const lists = { generator: hello.choices.generator, problem: hello.choices.problem, explorer: hello.choices.explorer };
    for (const [group, choices] of Object.entries(lists)) fill(select(group), choices, group === "problem" ? hello.titles : {});
    for (const [group, choice] of Object.entries(hello.chosen)) select(group).value = String(choice);
    fill(select("picture"), hello.choices.target, {});
    input("count").valueAsNumber = hello.count;
  }

  /** Show what belongs to where the image is from. @param {number[] | null} [crop] */
  async source(crop = null) {
    const kind = chosen("kind");
    for (const part of document.querySelectorAll("form .of")) {
      if (part instanceof HTMLElement) part.hidden = !part.classList.contains(kind);
    }
    if (kind === "sample" || (kind === "upload" && !this.upload)) {
      this.crop.hide();
      await this.look();
      return;
    }
    this.crop.hide();
    try {
      const asked = this.asked();
      const found = await this.talk.ask("frame", { ...asked, mask: null, target: { ...asked.target, crop: null } });
      this.crop.show(found, crop);
      await this.look();
    } catch (error) {
      this.complain(error instanceof Error ? error.message : String(error));
    }
  }

  /** Show what a mask is painted on, where the problem has one. */
  async look() {
    const painting = select("problem").value === "inpainting";
    const missing = chosen("kind") === "upload" && !this.upload;
    any("painting").hidden = !painting || missing || !this.mask.picture;
    this.looks += 1;
    const mine = this.looks;
    if (!painting || missing) return;
    const asked = { ...this.asked(), mask: null };
    const key = JSON.stringify(asked.target) + asked.generator;
    if (key === this.looked) return;
    try {
      const found = await this.talk.ask("look", asked);
      // Something else may have been chosen meanwhile.
      if (mine !== this.looks) return;
      await this.mask.show(found.uri, found.width, found.height);
      this.looked = key;
      any("painting").hidden = false;
    } catch (error) {
      this.complain(error instanceof Error ? error.message : String(error));
    }
  }

  /** What is asked, as the server takes it; a mask is uploaded by `ready` before. */
  asked() {
    const kind = chosen("kind");
    /** @type {Record<string, any>} */
    const target = { kind };
    if (kind === "sample") target.seed = number(input("sample")) ?? 0;
    if (kind === "picture") target.picture = select("picture").value;
    if (kind === "upload" && this.upload) target.upload = this.upload.upload;
    if (kind !== "sample") target.crop = this.crop.value;
    const masked = select("problem").value === "inpainting" && !this.mask.empty && this.painted;
    return {
      generator: select("generator").value,
      problem: select("problem").value,
      explorer: select("explorer").value,
      target,
      mask: masked ? masked.upload : null,
      count: number(input("count")) ?? 0,
      noise: number(input("noise")),
      strict: number(input("strict")),
      seed: number(input("seed")),
      consistent: input("consistent").checked,
    };
  }

  /** What is asked, its mask uploaded. */
  async ready() {
    if (chosen("kind") === "upload" && !this.upload) throw new Error("there is no photograph yet: choose a file, or take one by webcam");
    if (select("problem").value === "inpainting" && !this.mask.empty && !this.painted) {
      this.painted = await this.talk.upload(await this.mask.png(), "mask.png");
    }
    return this.asked();
  }

  /** Fill the form as a link says. @param {any} asked */
  async fill(asked) {
    for (const group of ["generator", "problem", "explorer"]) if (asked[group]) select(group).value = asked[group];
    for (const name of ["noise", "strict", "seed", "count"]) if (asked[name] != null) input(name).value = String(asked[name]);
    input("consistent").checked = Boolean(asked.consistent);
    const { kind = "sample", seed, picture, upload, crop = null } = asked.target ?? {};
    choose("kind", kind);
    if (seed != null) input("sample").valueAsNumber = seed;
    if (picture) select("picture").value = picture;
    if (upload) this.upload = { upload, name: "photograph" };
    await this.source(crop);
    if (asked.mask) {
      this.painted = { upload: asked.mask, name: "mask.png" };
      this.mask.empty = false;
      any("mask-none").textContent = "The mask of the link is used, until another one is painted.";
      any("mask-none").hidden = false;
    }
  }
}

/**
 * @param {HTMLSelectElement} list
 * @param {string[]} choices
 * @param {Record<string, string>} titles
 */
function fill(list, choices, titles) {
  const options = choices.map((value) => make("option", { value, textContent: titles[value] ?? value.replaceAll("_", " ") }));
  list.replaceChildren(...options);
}
