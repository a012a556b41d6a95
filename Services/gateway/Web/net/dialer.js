/**
 * Opens a socket, after a loss only when somebody is there to take it: browsers hold the next socket back for each one
 * that failed, up to a minute in Firefox, and a request costs nothing of that.
 *
 * @param {object} options
 * @param {() => Promise<boolean>} options.probe whether the server answers; rejects when it does not
 * @param {() => void} options.open
 * @param {() => void} options.failed nobody answered
 */
export function createDialer({ probe, open, failed }) {
  let asking = null;
  return {
    isAsking: () => asking !== null,
    dial(afterLoss) {
      if (!afterLoss) return open();
      const mine = (asking = {});
      probe().catch(() => false).then((answered) => {
        if (asking !== mine) return;
        asking = null;
        if (answered) open();
        else failed();
      });
    },
    stop() {
      asking = null;
    },
  };
}
