import Domain
import Logging
import NIOCore
import Redis
import WireContract

/// The rooms of one event loop: subscribed while a socket is in them, healed when events are missing, flushed together.
/// Performs what ``RoomSubscription`` decides. Confined to its loop.
final class RoomSubscriptions {
    private unowned let hub: SessionHub
    private var rooms: [String: RoomFanout] = [:]
    private var dirty: [RoomFanout] = []
    private var flushTimer: Scheduled<Void>?
    private lazy var healing = RoomHealing(rooms: self, hub: self.hub)

    init(hub: SessionHub) {
        self.hub = hub
    }

    /// As long as a command waits for its answer.
    private static let joinDeadline = TimeAmount.seconds(10)
    private static let unreachable = Refusal(.unavailable, "The room cannot be reached now.", retryAfter: 1)

    var count: Int { self.rooms.count }

    /// Whether the room is still in use here.
    func holds(_ room: RoomFanout) -> Bool { self.rooms[room.room] === room }

    // MARK: Joining and leaving

    func join(_ session: ClientSession, room name: String, kind: ChatJoinKind, frame: ClientFrame) {
        let room = self.rooms[name] ?? RoomFanout(room: name, partition: self.hub.chat.partition(of: name))
        self.rooms[name] = room
        let join = RoomFanout.Join(
            session: session, kind: kind, frame: frame, deadline: .now() + Self.joinDeadline)
        let (actions, sendNow) = room.subscription.join()
        if sendNow { self.send(join, room) } else { room.unsentJoins.append(join) }
        self.perform(actions, room)
    }

    /// Answers joins that have waited too long for the subscription of their room.
    func expireJoins(now: NIODeadline) {
        for room in Array(self.rooms.values) where room.unsentJoins.contains(where: { $0.deadline <= now }) {
            let due = room.unsentJoins.filter { $0.deadline <= now }
            room.unsentJoins.removeAll { $0.deadline <= now }
            self.fail(due, room)
        }
    }

    private func fail(_ joins: [RoomFanout.Join], _ room: RoomFanout) {
        for join in joins {
            join.session.state.commandEnded()
            self.joinEnded(join, room, .failed(Self.unreachable))
        }
    }

    func leave(_ session: ClientSession, _ room: RoomFanout) {
        room.remove(session)
        self.releaseIfAbandoned(room)
    }

    private func releaseIfAbandoned(_ room: RoomFanout) {
        guard room.isAbandoned, self.rooms[room.room] === room else { return }
        self.rooms[room.room] = nil
        self.hub.subscriber?.unsubscribe(self.channel(of: room))
    }

    private func channel(of room: RoomFanout) -> RedisSubscriber.Channel {
        .sharded(RedisNames.live(room: room.room, partition: room.partition))
    }

    private func send(_ join: RoomFanout.Join, _ room: RoomFanout) {
        let kind: ChatCommand.Kind = join.kind == .resume ? .resume : .joinSquadRoom
        let session = join.session
        self.hub.chat.ask(kind, room: room.room, user: session.user, socket: session.id, data: join.frame.data) {
            session.state.commandEnded()
            self.joinEnded(join, room, $0)
        }
    }

    private func joinEnded(_ join: RoomFanout.Join, _ room: RoomFanout, _ outcome: ChatOutcome) {
        let (session, id) = (join.session, join.frame.id)
        guard case .answered(let reply) = outcome, reply.succeeded, let position = reply.position else {
            room.subscription.joinFailed()
            self.hub.answer(session, id, outcome)
            return self.releaseIfAbandoned(room)
        }
        guard session.connection.isOpen else {
            // It went away while its join was on the way: chat counts it as present.
            room.subscription.joinFailed()
            self.hub.tellLeft(session, room: room.room)
            return self.releaseIfAbandoned(room)
        }
        let admission = room.subscription.joined(at: position)
        room.admit(session, floor: admission.floor)
        session.memberships.removeAll { $0.room === room }
        session.memberships.append(.init(room: room, rights: reply.rights))
        session.succeed(id, reply.answer)
        for event in reply.pushes + admission.replay { session.connection.write(framed: event.frame) }
        session.connection.flush()
        self.perform(admission.actions, room)
    }

    // MARK: Events

    func received(_ event: LiveEvent) {
        guard let room = self.rooms[event.room] else { return }
        self.perform(room.subscription.received(event), room)
    }

    /// An event that this gateway makes by itself.
    func deliverLocally(_ event: LiveEvent) {
        guard let room = self.rooms[event.room] else { return }
        self.distribute(event, room)
    }

    /// Publications were missed, in one room or in all.
    func interrupted(channel name: String? = nil) {
        for room in self.rooms.values where name == nil || self.channel(of: room).name == name {
            self.perform(room.subscription.interrupted(), room)
        }
    }

    func perform(_ actions: [RoomSubscription.Action], _ room: RoomFanout) {
        for action in actions {
            switch action {
            case .subscribe: self.subscribe(room)
            case .sendJoins:
                let joins = room.unsentJoins
                room.unsentJoins = []
                for join in joins { self.send(join, room) }
            case .deliver(let event): self.distribute(event, room)
            case .heal(let position): self.healing.heal(room, position)
            case .reload: self.healing.reload(room)
            }
        }
    }

    private func subscribe(_ room: RoomFanout) {
        guard let subscriber = self.hub.subscriber else { return }
        subscriber.subscribe(self.channel(of: room)).assumeIsolated().whenComplete { result in
            switch result {
            case .success: self.perform(room.subscription.subscribed(), room)
            case .failure:
                let joins = room.unsentJoins
                room.unsentJoins = []
                self.fail(joins, room)
            }
        }
    }

    private func distribute(_ event: LiveEvent, _ room: RoomFanout) {
        self.hub.counters.events += 1
        switch event.name {
        case Publication.Event.userTyping, Publication.Event.userStoppedTyping:
            guard let user = event.user, self.hub.typing.observed(event, user: user) else { return }
            self.hub.counters.deliveries += room.write(event, except: user)
        default: room.append(event)
        }
        if room.hasOutgoing { self.markDirty(room) }
        switch event.flag {
        case .none: return
        case .rights(let bits):
            for session in room.sessions(of: event.user ?? "") { self.change(session, room) { $0.rights = bits } }
        case .drop:
            self.hub.counters.deliveries += room.flush()
            let dropped = room.sessions(of: event.user ?? "").filter { session in
                // Somebody let in again after this event stays.
                guard let floor = room.late.first(where: { $0.session === session })?.floor else { return true }
                return floor.epoch != event.epoch || floor.sequence < event.sequence ?? .max
            }
            self.drop(dropped, room)
        }
    }

    /// Takes sockets out of a room that their users may no longer read.
    func drop(_ sessions: [ClientSession], _ room: RoomFanout) {
        for session in sessions {
            session.memberships.removeAll { $0.room === room }
            room.remove(session)
        }
        self.releaseIfAbandoned(room)
    }

    func change(_ session: ClientSession, _ room: RoomFanout, _ body: (inout ClientSession.Membership) -> Void) {
        guard let index = session.memberships.firstIndex(where: { $0.room === room }) else { return }
        body(&session.memberships[index])
    }

    // MARK: Flushing

    private func markDirty(_ room: RoomFanout) {
        guard !room.isQueued else { return }
        room.isQueued = true
        self.dirty.append(room)
    }

    /// The end of one read: a room is written at once, unless it is busy: then it collects for a moment, so that one
    /// write serves many events. What came during the last flush tells which: a room whose events come one at a time,
    /// however quickly, never waits for a timer.
    func flushDue() {
        guard !self.dirty.isEmpty else { return }
        let now = NIODeadline.now()
        var later: [RoomFanout] = []
        for room in self.dirty {
            if !room.isBusy || now - room.lastFlush >= self.hub.settings.joinWindow {
                room.isQueued = false
                self.hub.counters.deliveries += room.flush()
            } else {
                later.append(room)
            }
        }
        self.dirty = later
        guard !later.isEmpty, self.flushTimer == nil else { return }
        self.flushTimer = self.hub.eventLoop.assumeIsolated().scheduleTask(in: self.hub.settings.joinWindow) {
            self.flushTimer = nil
            let dirty = self.dirty
            self.dirty = []
            for room in dirty {
                room.isQueued = false
                self.hub.counters.deliveries += room.flush()
            }
        }
    }
}
