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
