/** What was asked over a line and is not answered yet: correlates answers, and gives up what comes too late. */
export function createQuestions({ clock, events }) {
  const open = new Map();
  let nextId = 1;

  function settle({ id, ok, error }) {
    const question = open.get(id);
    if (!question) return;
    open.delete(id);
    clock.clearTimeout(question.timer);
    events.settled(id, error);
    if (error) question.reject(error);
    else question.resolve(ok);
  }

  return {
    newId: () => nextId++,
    settle,
    /** The answer to come; `send` is given the id under which it comes. */
    ask: (event, within, send) => new Promise((resolve, reject) => {
      const id = nextId++;
      const error = { code: 'unavailable', message: 'No answer came in time.', silent: true };
      open.set(id, { resolve, reject, timer: clock.setTimeout(() => settle({ id, error }), within) });
      send(id);
      events.asked(id, event);
    }),
    /** The line is lost, and with it every answer. */
    drop() {
      const lost = [...open.values()];
      open.clear();
      for (const { reject, timer } of lost) {
        clock.clearTimeout(timer);
        reject({ code: 'unavailable', message: 'The link was lost.' });
      }
    },
  };
}
