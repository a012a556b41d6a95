import { ASK_AGAIN } from './waits.js';

/**
 * Who is signed in. Only an answer decides: one that does not come, or a gateway that cannot tell, is asked again,
 * and nobody is signed out, or told to be, by silence.
 *
 * @param {object} options
 * @param {object} options.api the HTTP calls of `net/api.js`
 * @param {(session: object) => void} options.enter what signing in starts
 * @param {() => void} options.stop what signing out ends
 * @param {() => void} options.resume connects again after a check that found the session alive
 */
export function createSession({ api, store, clock, enter, stop, resume }) {
  let timer = null;
  let leaving = false;

  const later = (run) => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(run, ASK_AGAIN);
  };

  /** @returns {Promise<object|null>} null: no answer came */
  async function ask(call, ...words) {
    try {
      return await call(...words);
    } catch {
      return null;
    }
  }

  /** Whether the answer is ours: the sign-in page of a hotel's network says 200 too. */
  const names = (answer) => Boolean(answer?.ok && answer.data.user);
  /** Whether the server says that nobody is signed in; one of a former release says it as an error. */
  const isNobody = (answer) => answer?.status === 401 || (answer?.ok && answer.data.user === null);
  const hasEnded = () => {
    const { phase, reason } = store.getState().link;
    return phase === 'refused' && reason === 'ended';
  };

  function signedOut(answer, problem = null) {
    clock.clearTimeout(timer);
    const known = store.getState().session;
    // An error says nothing of the demo: what was known stays.
    const { demo = known.demo, demo_users = known.demoUsers } = answer?.data ?? {};
    stop();
    store.dispatch({ type: 'signed_out', demo: Boolean(demo), demoUsers: demo_users, problem });
  }

  async function start() {
    const answer = await ask(api.readSession);
    if (names(answer)) return enter(answer.data);
    if (isNobody(answer) || answer?.status === 403) return signedOut(answer);
    store.dispatch({ type: 'unanswered' });
    later(start);
  }

  /** Asks whether we are still who we were: the socket was refused, or never opened. */
  async function check(problem = 'You were signed out. Sign in again.') {
    if (leaving) return;
    const answer = await ask(api.readSession);
    const { session } = store.getState();
    if (leaving || session.phase !== 'signedIn') return;
    if (isNobody(answer)) return signedOut(answer, problem);
    if (names(answer) && answer.data.user.user_id !== session.user.user_id) {
      // Another tab signed in as somebody else: nothing of the one before may be sent under the new name.
      signedOut(answer);
      enter(answer.data);
    } else if (hasEnded()) {
      if (names(answer)) resume();
      else later(() => check(problem));
    }
  }

  async function signIn(proof) {
    const answer = await ask(api.join, proof);
    if (answer?.ok) return start();
    const { demo, demoUsers } = store.getState().session;
    const silence = 'The server does not answer. Try again in a moment.';
    const problem = answer ? (answer.data.error ?? 'Sign-in failed.') : silence;
    store.dispatch({ type: 'signed_out', demo, demoUsers, problem });
  }

  async function signOut() {
    if (leaving) return;
    leaving = true;
    const left = await ask(api.leave);
    if (left?.ok) signedOut(await ask(api.readSession));
    leaving = false;
    if (left?.ok) return;
    const body = `${left?.data.error ?? 'The server does not answer.'} You are still signed in here.`;
    store.dispatch({ type: 'trouble', title: 'Not signed out.', body, at: clock.now() });
    // It may have been done all the same, and only its answer lost.
    if (hasEnded()) check();
  }

  return { start, check, signIn, signOut };
}
