/** Whether one region fills the screen: where `styles/phone.css` begins. */
export const narrow = () => matchMedia('(max-width: 760px)');
