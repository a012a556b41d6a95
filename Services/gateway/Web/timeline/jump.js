import { el, icon, setText } from '../ui/dom.js';
import { shortly } from '../state/selectors.js';

/** The pill that leads back to the newest row, with how many are new. */
export function createJump(press) {
  const text = el('span', {});
  const element = el(
    'button',
    { type: 'button', class: 'jump', hidden: true, on: { click: press } },
    icon('down', 'small'),
    text,
  );
  return {
    element,
    draw(shown, fresh) {
      element.hidden = !shown;
      setText(text, fresh ? `${shortly(fresh)} new` : 'Latest');
    },
  };
}
