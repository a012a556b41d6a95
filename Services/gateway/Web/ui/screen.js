/** Whether one region fills the screen: where `styles/phone.css` begins. */
export const narrow = () => matchMedia('(max-width: 760px)');

/** Whether the panel, once opened, lies over the conversation: as `styles/intel.css` has it. */
export const overlaid = () => matchMedia('(max-width: 1180px)');
