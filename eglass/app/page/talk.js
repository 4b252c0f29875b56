// @ts-check
// The connection to the server. Of steps, one request is under way, and only the newest waits.

/**
 * @typedef {object} Solution
 * @property {string} direction
 * @property {string} kind
 * @property {number} number
 * @property {number | null} step
 * @property {number | null} l2
 * @property {number | null} psnr
 * @property {number | null} distance
 * @property {number | null} atypicality
 * @property {boolean} feasible
 * @property {string} [uri]
 */

/** @typedef {Solution & {eta: number, width: number, height: number, number: number}} Step */

/**
 * @typedef {object} Listener
 * @property {(message: any) => void} said what the server says by itself, or answers in words
 * @property {(step: Step, pixels: Uint8ClampedArray) => void} stepped
 * @property {(open: boolean) => void} connected
 */

const KEPT = "eglass-visitor";

export class Talk {
  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.visitor = "";
    this.busy = false;
    /** @type {object | null} */
    this.newest = null;
    this.number = 0;
    this.pause = 250;
    this.connect();
  }

  connect() {
    const known = sessionStorage.getItem(KEPT) ?? "";
    const address = new URL(`talk?visitor=${encodeURIComponent(known)}`, document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => this.hear(event.data));
    socket.addEventListener("close", () => {
      this.busy = false;
      this.newest = null;
      this.listener.connected(false);
      setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(4000, this.pause * 2);
    });
    this.socket = socket;
  }

  /** @param {string | ArrayBuffer} data */
  hear(data) {
    if (typeof data !== "string") {
      const length = new DataView(data).getUint32(0, true);
      const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
      this.listener.stepped(head, new Uint8ClampedArray(data.slice(4 + length)));
      this.next();
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "hello") {
      this.visitor = message.visitor;
      this.pause = 250;
      sessionStorage.setItem(KEPT, this.visitor);
      this.listener.connected(true);
    }
    this.listener.said(message);
    if (message.type === "refused") this.next();
  }

  /** @param {object} message */
  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /**
   * Ask for a step; one that has not been sent yet is replaced.
   * @param {object} along
   * @param {number} eta
   */
  step(along, eta) {
    this.number += 1;
    const message = { type: "step", number: this.number, along, eta };
    if (this.busy) this.newest = message;
    else {
      this.busy = true;
      this.say(message);
    }
  }

  next() {
    const message = this.newest;
    this.newest = null;
    this.busy = message !== null;
    if (message !== null) this.say(message);
  }

  /**
   * Post JSON, and return what is answered.
   * @param {string} path
   * @param {object} what
   * @returns {Promise<any>}
   */
  async ask(path, what) {
    return this.post(path, JSON.stringify(what), {});
  }

  /**
   * Upload a file, and return what it is called from now on.
   * @param {Blob} file
   * @param {string} name
   * @returns {Promise<{upload: string, name: string}>}
   */
  async upload(file, name) {
    return this.post("uploads", file, { "X-Name": encodeURIComponent(name) });
  }

  /**
   * @param {string} path
   * @param {BodyInit} body
   * @param {Record<string, string>} headers
   */
  async post(path, body, headers) {
    const all = { "X-Visitor": this.visitor, ...headers };
    const response = await fetch(path, { method: "POST", body, headers: all });
    const found = await response.json();
    if (!response.ok) throw new Error(found.line);
    return found;
  }
}
