import { ANSWER_WITHIN } from './waits.js';

/** The HTTP calls of a page; everything else goes over the socket. */
async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(ANSWER_WITHIN),
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  let data = {};
  try {
    data = await response.json();
  } catch {
    // A proxy's own error page is not JSON; the status alone must do.
  }
  return { status: response.status, ok: response.ok, data };
}

/** Who is signed in; `user` null is an answer too, with what the sign-in view needs: a browser writes errors to its console. */
export const readSession = () => call('GET', 'api/chat/session?quiet');

/** @param {{user_id: string}|{token: string}} proof */
export const join = (proof) => call('POST', 'api/chat/join', proof);

export const leave = () => call('POST', 'api/chat/leave', {});

/** Whether the gateway answers. The smallest thing it serves by itself: nobody behind it is troubled. */
export async function probe() {
  const { status } = await fetch('icon.svg', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_WITHIN) });
  return status < 500;
}
