/** What no first view needs: `page.js` fetches it once the page stands, so that it is there when it is wanted. */
export { mountNames } from './composer/names.js';
export { mountTyping } from './composer/typists.js';
export { mountAlerts, placeToast } from './shell/alerts.js';
export { mountHelp } from './shell/help.js';
export { mountKeyboard } from './shell/keyboard.js';
export { inWords } from './signals/levels.js';
export { mountSignalList } from './signals/signalList.js';
export { plain } from './timeline/markdown.js';
export { openPicker } from './timeline/picker.js';
export { createSeek } from './timeline/seek.js';
export { mountSpoken } from './timeline/spoken.js';
