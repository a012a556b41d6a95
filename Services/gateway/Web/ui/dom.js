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

/** Whether a key belongs to an input method. Safari tells of the one that confirms after it is done: by the code alone. */
export const isComposing = ({ isComposing: does, keyCode }) => does || keyCode === 229;

export const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

/** Whether one region fills the screen: where `styles/phone.css` begins. */
export const narrow = () => matchMedia('(max-width: 760px)');

/** Whether writing brings a keyboard up on the screen. */
export const onScreen = () => narrow().matches || matchMedia('(pointer: coarse)').matches;

/** Whether the panel, once opened, lies over the conversation: as `styles/intel.css` has it. */
export const overlaid = () => matchMedia('(max-width: 1180px)');

/**
 * Keyed reconciliation, the page's one way to draw a list: nodes are kept by key, changed only when their item is
 * another object, and moved only when their place is another.
 *
 * @param {Element} parent holds nothing but the list
 * @param {{key: string}[]} items unique keys
 * @param {(item: object) => Element} create
 * @param {(node: Element, item: object) => void} update
 */
export function reconcile(parent, items, create, update) {
  const wanted = new Set(items.map((item) => item.key));
  const old = new Map();
  for (const node of [...parent.children]) {
    if (wanted.has(node.itemKey)) old.set(node.itemKey, node);
    else node.remove();
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    let node = old.get(item.key);
    if (!node) {
      node = create(item);
      node.itemKey = item.key;
    } else if (node.item !== item) {
      update(node, item);
    }
    node.item = item;
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}
