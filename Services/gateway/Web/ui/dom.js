const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element. `on` holds listeners, `class` and every other key are attributes; false and null are left out.
 * Text becomes text nodes: nothing here ever parses HTML.
 */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An icon of the sprite in index.html; decoration only, the name stands beside it or on the button. */
export function icon(name, size = '') {
  return svg('svg', { class: `icon ${size}`.trim(), 'aria-hidden': 'true' }, svg('use', { href: `#i-${name}` }));
}

/** What is seen and not said: its meaning stands in a label beside it or around it. */
export const unspoken = (text) => el('span', { 'aria-hidden': 'true' }, text);

/**
 * A square button without words; the label is its name for everybody who does not see what is inside.
 * @param {Node|Node[]} inside
 * @param {() => void} press
 * @param {object} props go before what is said here
 */
export function iconButton(inside, label, press, props = {}) {
  const named = { type: 'button', class: 'icon-button', 'aria-label': label, title: label };
  return el('button', { ...named, ...props, on: { click: press } }, inside);
}

export const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
