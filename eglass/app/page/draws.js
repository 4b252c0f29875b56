// @ts-check
// What exact draws say: shares of probability, a tree to go into, and walks along what differs most.

import { any, digits, figure, make, signed, sub } from "./dom.js";

/** @typedef {{path: string, share: number, error: number, members: number, uri: string}} Node */
/** @typedef {{number: number, explained: number, step: number, reached: number, l2: number, uri: string}} WalkStep */
/** @typedef {{note: string, shares: {share: number, error: number}[], tree: Node[], walks: WalkStep[]}} Draws */

/** @param {number} share @param {number} error */
const percent = (share, error) => `${(100 * share).toFixed(0)} % ± ${(100 * error).toFixed(0)}`;

/** Show what draws say; nothing where there are none. @param {Draws | null} draws */
export function show(draws) {
  any("draws-section").hidden = draws === null;
  if (draws === null) return;
  [...any("cards").children].forEach((card, i) => {
    const said = draws.shares[i];
    if (said) card.querySelector(".numbers")?.append(make("dt", { textContent: "stands for" }), make("dd", { textContent: percent(said.share, said.error) }));
  });
  // The root stands for all of them.
  any("rare").textContent = draws.note && `${draws.note[0].toUpperCase()}${draws.note.slice(1)}.`;
  any("tree").replaceChildren(branches(draws.tree.filter(({ path }) => path !== "all"), ""));
  /** @type {Map<number, WalkStep[]>} */
  const walks = new Map();
  for (const step of draws.walks) walks.set(step.number, [...(walks.get(step.number) ?? []), step]);
  any("walks").replaceChildren(...[...walks.values()].map(row));
}

/**
 * The nodes right below a path, each with those below it to go into.
 * @param {Node[]} nodes
 * @param {string} above
 */
function branches(nodes, above) {
  const depth = above === "" ? 1 : above.split(".").length + 1;
  const here = nodes.filter(({ path }) => path.split(".").length === depth && (above === "" || path.startsWith(`${above}.`)));
  const list = make("ul", { className: "cards" });
  for (const node of here) {
    const item = make("li", { className: "card" }, figure(node.uri, `draws like this: ${percent(node.share, node.error)}`,
      make("b", { textContent: percent(node.share, node.error) })));
    const below = nodes.filter(({ path }) => path.startsWith(`${node.path}.`));
    if (below.length > 0) item.append(make("details", {}, make("summary", { textContent: "go in" }), branches(below, node.path)));
    list.append(item);
  }
  return list;
}

/** @param {WalkStep[]} steps of one walk */
function row(steps) {
  const list = make("ol", { className: "cards" });
  for (const step of steps) {
    list.append(make("li", { className: "card" }, figure(step.uri, `${signed(step.step)} standard deviations`,
      make("b", { textContent: `${signed(step.step)} σ` }), " ", sub("ℓ", "2"), ` ${digits(step.l2)}`)));
  }
  const says = `${steps[0].number}: ${(100 * steps[0].explained).toFixed(0)} % of what differs`;
  return make("div", {}, make("h3", { textContent: says }), list);
}
