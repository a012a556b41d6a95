import Domain
import Logging
import NIOCore
import Redis
import WireContract

/// The rooms of one event loop: subscribed while a socket is in them, healed when events are missing, flushed together.
/// Performs what ``RoomSubscription`` decides. Confined to its loop.
final class RoomSubscriptions {
    let chat: ChatClient
    private let subscriber: RedisSubscriber
    private let typing: Typing
    private let flushes: DueFlushes
    private let counters: LoopCounters
    let departures: Departures
    private(set) var rooms: [String: RoomFanout] = [:]
    private lazy var healing = RoomHealing(
        rooms: self, chat: self.chat, eventLoop: self.subscriber.eventLoop, counters: self.counters)

    init(
        chat: ChatClient, subscriber: RedisSubscriber, typing: Typing, flushes: DueFlushes, counters: LoopCounters
    ) {
        self.chat = chat
        self.subscriber = subscriber
        self.typing = typing
        self.flushes = flushes
        self.counters = counters
        self.departures = Departures(chat: chat, eventLoop: subscriber.eventLoop)
    }

    /// As long as a command waits for its answer.
    ///
    /// Another value in tests only.
    var joinDeadline = TimeAmount.seconds(10)

    var count: Int { self.rooms.count }

    /// Whether the room is still in use here.
    func holds(_ room: RoomFanout) -> Bool { self.rooms[room.room] === room }

    // MARK: Opening and leaving

    func open(_ name: String) -> RoomFanout {
        let room = RoomFanout(room: name, partition: self.chat.partition(of: name))
        room.onDeparture = { [weak self] in self?.releaseIfAbandoned($0) }
        self.rooms[name] = room
        return room
    }

    /// A socket has gone away: it leaves its rooms, and chat is told of each.
    func leaveAll(_ session: ClientSession) {
        let rooms = session.memberships.map(\.room)
        for room in rooms { self.typing.stop(session, in: room.room) }
        for room in session.uncertainRooms.union(rooms.map(\.room)) { self.departures.add(session, room: room) }
        session.memberships = []
        session.uncertainRooms = []
        for room in rooms {
            room.remove(session)
            self.releaseIfAbandoned(room)
        }
    }

    func releaseIfAbandoned(_ room: RoomFanout) {
        guard room.isAbandoned, self.rooms[room.room] === room else { return }
        self.rooms[room.room] = nil
        self.subscriber.unsubscribe(self.channel(of: room))
    }

    private func channel(of room: RoomFanout) -> RedisSubscriber.Channel {
        .sharded(RedisNames.live(room: room.room, partition: room.partition))
    }

    // MARK: Events

    func received(_ event: LiveEvent) {
        guard let room = self.rooms[event.room] else { return }
        self.perform(room.subscription.received(event), room)
    }

    /// Tells our sockets of typing that nobody has renewed.
    func endTyping(now: NIODeadline) {
        for event in self.typing.ended(now: now) {
            guard let room = self.rooms[event.room], let user = event.user else { continue }
            self.counters.events += 1
            self.tellTyping(event, of: user, room)
        }
    }

    private func tellTyping(_ event: LiveEvent, of user: String, _ room: RoomFanout) {
        self.counters.deliveries += room.write(event, except: user)
        self.flushes.add(room)
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
        self.subscriber.subscribe(self.channel(of: room)).assumeIsolated().whenComplete { result in
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
        self.counters.events += 1
        if event.name == Publication.Event.userTyping || event.name == Publication.Event.userStoppedTyping {
            guard let user = event.user, self.typing.observed(event, user: user) else { return }
            return self.tellTyping(event, of: user, room)
        }
        room.append(event)
        self.flushes.add(room)
        switch event.flag {
        case .none: return
        case .rights(let bits):
            for session in room.sessions(of: event.user ?? "") { self.change(session, room) { $0.rights = bits } }
        case .drop:
            self.counters.deliveries += room.flush()
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

    /// The end of one read, or of a turn that made events.
    func flushDue() {
        self.flushes.flush()
    }
}
