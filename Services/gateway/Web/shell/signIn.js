import { el, icon, svg } from '../ui/dom.js';
import { avatar, nameOf, rank } from '../ui/people.js';
import { watch } from '../state/store.js';

/** The first view: in a demo a list of people, otherwise a field for the token of the owner's system. */
export function mountSignIn(element, store, { signIn }) {
  const actions = {
    /** What is pressed answers at once; a second press would sign in twice. */
    signIn(proof) {
      for (const control of element.querySelectorAll('button, input')) control.disabled = true;
      element.setAttribute('aria-busy', 'true');
      signIn(proof);
    },
  };
  watch(store, (state) => state.session, (session) => {
    element.hidden = session.phase !== 'signedOut';
    if (session.phase !== 'signedOut') return element.replaceChildren();
    element.removeAttribute('aria-busy');
    const body = session.demo ? demo(session, actions) : token(actions);
    element.replaceChildren(
      el(
        'div',
        { class: 'card' },
        el(
          'div',
          { class: 'brand' },
          svg('svg', { 'aria-hidden': 'true' }, svg('use', { href: '#i-shield' })),
          el('h1', {}, 'Squad Chat'),
        ),
        session.problem ? el('p', { class: 'problem', role: 'alert' }, icon('flag', 'small'), session.problem) : null,
        ...body,
        el('p', { class: 'slogan' }, 'STAY SHARP, STAY CONNECTED'),
      ),
    );
    if (session.problem) element.querySelector('input, .who')?.focus();
  });
}

function demo({ demoUsers }, actions) {
  const squads = [...new Set(demoUsers.map((user) => user.squad_id))];
  return [
    el(
      'p',
      { class: 'loud' },
      el('b', {}, 'DEMO. No password is asked.'),
      ' Everybody who can open this page can be anybody on this list. Made-up people, made-up signals.',
    ),
    el('p', { class: 'lead' }, 'Choose who you are:'),
    ...squads.map((squad) =>
      el(
        'section',
        { 'aria-label': `Squad ${squad}` },
        el('h2', { class: 'label' }, `Squad ${squad}`),
        el(
          'ul',
          {},
          ...demoUsers.filter((user) => user.squad_id === squad).map((user) => el('li', {}, person(user, actions))),
        ),
      ),
    ),
  ];
}

function person(user, actions) {
  return el(
    'button',
    {
      type: 'button',
      class: 'who',
      on: { click: () => actions.signIn({ user_id: user.user_id }) },
    },
    avatar(user, 'large'),
    el('b', {}, nameOf(user)),
    rank(user.role, true) ?? '',
  );
}

function token(actions) {
  const field = el(
    'input',
    { id: 'token', name: 'token', type: 'password', autocomplete: 'off', required: true, spellcheck: 'false' },
  );
  const form = el(
    'form',
    {},
    el('label', { for: 'token' }, 'Access token'),
    field,
    el('button', { class: 'button primary' }, 'Sign in'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    actions.signIn({ token: field.value.trim() });
  });
  return [
    el(
      'p',
      { class: 'lead' },
      'You are not signed in. Open Squad Chat from your trading desk, which signs you in by itself, ',
      'or paste the token it gave you.',
    ),
    form,
  ];
}
