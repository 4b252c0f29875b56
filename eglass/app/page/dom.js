// @ts-check
// Elements of the page, and numbers as people write them.

/**
 * Return the element of an id, of the class that is expected.
 * @template {Element} T
 * @param {string} id
 * @param {new (...given: any[]) => T} kind
 * @returns {T}
 */
export function by(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${kind.name} #${id}`);
  return found;
}

/** @param {string} id */
export const input = (id) => by(id, HTMLInputElement);
/** @param {string} id */
export const button = (id) => by(id, HTMLButtonElement);
/** @param {string} id */
export const any = (id) => by(id, HTMLElement);
/** @param {string} id */
export const select = (id) => by(id, HTMLSelectElement);

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<HTMLElementTagNameMap[K]>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Return which of some radio buttons is chosen.
 * @param {string} name
 */
export function chosen(name) {
  const found = document.querySelector(`input[name="${name}"]:checked`);
  return found instanceof HTMLInputElement ? found.value : "";
}

/**
 * Choose one of some radio buttons.
 * @param {string} name
 * @param {string} value
 */
export function choose(name, value) {
  const found = document.querySelector(`input[name="${name}"][value="${CSS.escape(value)}"]`);
  if (found instanceof HTMLInputElement) found.checked = true;
}

/**
 * Return the number in a field; none where it is empty or no number.
 * @param {HTMLInputElement} field
 */
export function number(field) {
  return field.value.trim() === "" || Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber;
}

/** @param {number | null} value of ℓ2, with three digits: 9.97e-3 */
export const digits = (value) => (value === null ? "–" : value.toExponential(2).replace("e+", "e"));
/** @param {number | null} value a distance */
export const distance = (value) =>
  value === null ? "–" : value >= 0.01 || value === 0 ? value.toFixed(3) : value.toExponential(0);
/** @param {number | null} value with its sign */
export const signed = (value, places = 1) =>
  value === null ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(places)}`;

/**
 * Return a picture with what is said below it.
 * @param {string} uri
 * @param {string} alt
 * @param {...(Node | string)} caption
 */
export function figure(uri, alt, ...caption) {
  return make("figure", {}, make("img", { src: uri, alt }), make("figcaption", {}, ...caption));
}

/**
 * Return a name with its index set: ℓ₂, z₀.
 * @param {string} name
 * @param {string} index
 */
export const sub = (name, index) => make("span", {}, name, make("sub", { textContent: index }));
