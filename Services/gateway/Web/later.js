/** What no first view needs: `page.js` fetches it once the page stands, so that it is there when it is wanted. */
export { mountHelp } from './shell/help.js';
export { openPicker } from './timeline/picker.js';
export { createSeek } from './timeline/seek.js';
export { mountSpoken } from './timeline/spoken.js';
