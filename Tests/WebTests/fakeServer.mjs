/** A gateway of one room, in memory, that misbehaves on request. */
export class FakeServer {
  epoch = 'aaaaaaaaaaaa';
  seq = 0;
  messages = [];
  frames = [];
  connections = 0;
  down = false;
  mute = false;
  /** The code with which everybody is closed as soon as they are greeted; 0: nobody is. */
  dropping = 0;
  /** What stands behind the gateway answers nothing; the gateway itself does. */
  frozen = false;
  frozenFor = [];
  /** What every one is told, until it is null again. */
  refusal = null;
  joinRefusal = null;
  resumeRefusal = null;
  swallow = 0;
  refuse = [];
  #sockets = new Set();

  connect() {
    const socket = {
      open: false,
      hello: false,
      send: (text) => this.#later(() => this.#receive(socket, JSON.parse(text))),
      close: () => this.#sockets.delete(socket),
    };
    this.connections += 1;
    this.#sockets.add(socket);
    this.#later(() => {
      if (!this.#sockets.has(socket)) return;
      if (this.down) {
        this.#sockets.delete(socket);
        socket.onclose?.({ code: 1006 });
      } else {
        socket.open = true;
        socket.onopen?.();
      }
    });
    return socket;
  }

  /** Closes every socket, as a killed gateway would. */
  drop(code = 1006) {
    for (const socket of [...this.#sockets]) {
      this.#sockets.delete(socket);
      socket.onclose?.({ code });
    }
  }

  /** The store was lost: another epoch, counting from the start. */
  newLife() {
    this.epoch = 'bbbbbbbbbbbb';
    this.seq = 0;
    this.messages = [];
  }

  post(content, { user_id = 'ghost-2', client_id, deliver = true } = {}) {
    this.seq += 1;
    const message = {
      seq: this.seq,
      message_id: `squad_alpha.${this.epoch}.${this.seq}`,
      user_id,
      content,
      client_id,
      message_type: 'text',
      timestamp: '2026-11-22T10:00:00Z',
      room_id: 'squad_alpha',
      reactions: {},
    };
    this.messages.push(message);
    if (deliver) for (const socket of this.#sockets) this.#push(socket, 'new_message', message, this.seq);
    return message;
  }

  #later(run) {
    this.clock.setTimeout(run, 1);
  }

  #write(socket, frame) {
    if (this.mute) return;
    this.#later(() => this.#sockets.has(socket) && socket.onmessage?.({ data: JSON.stringify(frame) }));
  }

  #push(socket, event, data, seq) {
    this.#write(socket, { event, room_id: 'squad_alpha', epoch: this.epoch, seq, data });
  }

  #receive(socket, { id, event, data }) {
    if (!this.#sockets.has(socket)) return;
    this.frames.push({ event, data });
    if (!socket.hello) {
      socket.hello = true;
      this.#write(socket, { event: 'connection_confirmed', data: { status: 'connected' } });
      if (this.dropping) this.clock.setTimeout(() => this.drop(this.dropping), 10);
    }
    if (this.frozenFor.includes(event) || (this.frozen && !['hello', 'ping'].includes(event))) return;
    const answer = this[`on_${event}`]?.(socket, data) ?? { ok: {} };
    if (answer === 'swallowed') return;
    this.#write(socket, { id, ...answer });
    answer.then?.forEach((push) => push());
  }

  on_join_squad_room(socket) {
    if (this.joinRefusal) return { error: this.joinRefusal };
    const { epoch, seq } = this;
    return {
      ok: { room_id: 'squad_alpha', name: 'A', epoch, seq, permissions: ['send', 'react'], members: [] },
      then: [() => this.#history(socket)],
    };
  }

  on_resume(socket, { seq, epoch }) {
    if (this.resumeRefusal) return { error: this.resumeRefusal };
    const recovered = epoch === this.epoch;
    const missed = this.messages.filter((message) => message.seq > seq);
    const pushes = recovered ? missed.map((message) => () => this.#push(
      socket,
      'new_message',
      message,
      message.seq,
    )) : [() => this.#history(socket)];
    return { ok: { room_id: 'squad_alpha', epoch: this.epoch, seq: this.seq, recovered }, then: pushes };
  }

  on_send_message(socket, { content, client_id }) {
    const refusal = this.refuse.shift() ?? this.refusal;
    if (refusal) return { error: refusal };
    const known = this.messages.find((message) => message.client_id === client_id);
    const deliver = this.swallow === 0;
    const { message_id, seq, timestamp } = known ?? this.post(content, { user_id: 'viper-1', client_id, deliver });
    if (!deliver) {
      this.swallow -= 1;
      return 'swallowed';
    }
    return { ok: { message_id, room_id: 'squad_alpha', seq, timestamp } };
  }

  #history(socket) {
    this.#push(
      socket,
      'room_history',
      { room_id: 'squad_alpha', messages: this.messages.slice(-50), has_more: false },
      this.seq,
    );
  }
}
