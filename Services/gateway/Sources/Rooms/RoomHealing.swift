import Domain
import NIOCore
import WireContract

/// Asks chat for what the rooms of one event loop have missed. Confined to its loop.
final class RoomHealing {
    private unowned let rooms: RoomSubscriptions
    private let chat: ChatClient
    private let eventLoop: any EventLoop
    private let counters: LoopCounters
    /// Rooms to be healed with the next command of their partition.
    private var toHeal: [Int: [(room: RoomFanout, position: RoomPosition)]] = [:]

    /// Rooms that one command asks for at most.
    private static let roomsPerCatchUp = 200
    private static let retryDelay = TimeAmount.milliseconds(500)

    /// - Parameter rooms: Told what to do with what chat answers.
    init(rooms: RoomSubscriptions, chat: ChatClient, eventLoop: any EventLoop, counters: LoopCounters) {
        self.rooms = rooms
        self.chat = chat
        self.eventLoop = eventLoop
        self.counters = counters
    }

    /// Asks for everything after `position`: at the end of this turn, with one command per partition, not per room.
    func heal(_ room: RoomFanout, _ position: RoomPosition) {
        self.counters.heals += 1
        let isFirst = self.toHeal.isEmpty
        self.toHeal[room.partition, default: []].append((room, position))
        guard isFirst else { return }
        self.eventLoop.assumeIsolated().execute {
            let all = self.toHeal
            self.toHeal = [:]
            for (partition, rooms) in all {
                for start in stride(from: 0, to: rooms.count, by: Self.roomsPerCatchUp) {
                    self.catchUp(Array(rooms[start..<min(start + Self.roomsPerCatchUp, rooms.count)]), partition)
                }
            }
        }
    }

    private func catchUp(_ rooms: [(room: RoomFanout, position: RoomPosition)], _ partition: Int) {
        let list = rooms.map { "[\"\($0.room.room)\",\"\($0.position.epoch)\",\($0.position.sequence)]" }
        let data = ByteBuffer(string: "{\"rooms\":[" + list.joined(separator: ",") + "]}")
        self.chat.ask(.catchUp, room: "", partition: partition, user: "", data: data) { outcome in
            guard case .answered(let reply) = outcome, reply.succeeded else {
                self.eventLoop.assumeIsolated().scheduleTask(in: Self.retryDelay) {
                    for (room, position) in rooms where self.rooms.holds(room) { self.heal(room, position) }
                }
                return
            }
            var answers: [String: (state: LiveEvent, events: [LiveEvent])] = [:]
            for push in reply.pushes {
                if push.completeness != nil {
                    answers[push.room] = (push, [])
                } else {
                    answers[push.room]?.events.append(push)
                }
            }
            for (room, position) in rooms where self.rooms.holds(room) {
                self.caughtUp(room, position, answers[room.room])
            }
            self.rooms.flushDue()
        }
    }

    private func caughtUp(
        _ room: RoomFanout, _ asked: RoomPosition, _ answer: (state: LiveEvent, events: [LiveEvent])?
    ) {
        guard let answer, let sequence = answer.state.sequence else {
            // Nothing differs.
            let outcome: RoomSubscription.CatchUp = answer == nil ? .complete(asked) : .lost
            return self.rooms.perform(room.subscription.caughtUp(outcome, events: []), room)
        }
        let outcome: RoomSubscription.CatchUp =
            switch answer.state.completeness {
            case .complete: .complete(RoomPosition(epoch: answer.state.epoch, sequence: sequence))
            case .morePages: .partial
            case .lost, nil: .lost
            }
        self.rooms.perform(room.subscription.caughtUp(outcome, events: answer.events), room)
    }

    // MARK: Reloading

    /// What is missing cannot be told: every socket gets the newest page instead, and goes on from there.
    ///
    /// A lost right may be among what is missing, so the page is fetched first, then every user here is asked for: who
    /// may not read any more is dropped before the page goes out.
    func reload(_ room: RoomFanout) {
        self.counters.reloads += 1
        let data = ByteBuffer(string: "{\"room_id\":\"\(room.room)\"}")
        self.chat.ask(.fetchHistory, room: room.room, user: "", data: data) { outcome in
            guard self.rooms.holds(room) else { return }
            guard case .answered(let page) = outcome, page.succeeded, let position = page.position else {
                return self.reloadLater(room)
            }
            self.check(room, checked: []) { isComplete in
                guard isComplete else { return self.reloadLater(room) }
                self.give(page, at: position, to: room)
            }
        }
    }

    private func reloadLater(_ room: RoomFanout) {
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.retryDelay) {
            if self.rooms.holds(room) { self.reload(room) }
        }
    }

    /// Asks chat for the rights of every user here whose rights are not `checked` yet, and applies the answers.
    ///
    /// - Parameter completion: Whether every answer came and said something of the right; not called when the room is not in use any more.
    private func check(_ room: RoomFanout, checked: Set<String>, completion: @escaping (Bool) -> Void) {
        let users = room.users.subtracting(checked)
        guard !users.isEmpty else { return completion(true) }
        let data = ByteBuffer(string: "{\"room_id\":\"\(room.room)\",\"limit\":1}")
        var (waiting, isComplete) = (users.count, true)
        for user in users {
            self.chat.ask(.fetchHistory, room: room.room, user: user, data: data) { outcome in
                if case .answered(let reply) = outcome, reply.succeeded || reply.saysRightIsLost {
                    self.apply(reply, of: user, to: room)
                } else {
                    // Nobody answered, or who did was too busy to say: all go on as they are, and it is asked again.
                    isComplete = false
                }
                waiting -= 1
                guard waiting == 0, self.rooms.holds(room) else { return }
                guard isComplete else { return completion(false) }
                // Somebody may have joined meanwhile.
                self.check(room, checked: checked.union(users), completion: completion)
            }
        }
    }

    /// The event that told of it is lost: this tells the same, without its number.
    private func apply(_ reply: ReceivedReply, of user: String, to room: RoomFanout) {
        let sessions = room.sessions(of: user)
        let known = sessions.compactMap { $0.membership { $0 === room }?.rights }
        guard !reply.succeeded || known.contains(where: { $0 != reply.rights }) else { return }
        let event = LiveEvent(
            Publication.Header(
                event: reply.succeeded ? Publication.Event.memberUpdated : Publication.Event.memberRemoved,
                room: room.room, epoch: room.subscription.position?.epoch ?? "-"),
            json: ByteBuffer(string: "{\"user_id\":\"\(user)\"}"))
        room.flush()
        for session in sessions {
            session.link.write(event)
            session.link.flush()
        }
        if reply.succeeded {
            for session in sessions { self.rooms.change(session, room) { $0.rights = reply.rights } }
        } else {
            self.rooms.drop(sessions, room)
            // chat may count them as present: it need not have been a removal, which tells chat itself.
            for session in sessions { self.rooms.departures.add(session, room: room.room) }
        }
    }

    private func give(_ page: ReceivedReply, at position: RoomPosition, to room: RoomFanout) {
        var json = ByteBuffer(string: "{\"epoch\":\"\(position.epoch)\",\"seq\":\(position.sequence),")
        json.writeImmutableBuffer(
            page.answer.getSlice(at: page.answer.readerIndex + 1, length: page.answer.readableBytes - 1)
                ?? ByteBuffer(string: "}"))
        room.flush()
        room.settle()
        room.append(
            LiveEvent(
                Publication.Header(
                    event: Publication.Event.roomHistory, room: room.room, epoch: position.epoch,
                    sequence: position.sequence),
                json: json))
        self.counters.deliveries += room.flush()
        self.rooms.perform(room.subscription.reloaded(at: position), room)
        self.rooms.flushDue()
    }
}

extension ReceivedReply {
    /// Whether the user may not read the room any more. Any other refusal says nothing of that.
    fileprivate var saysRightIsLost: Bool {
        [.forbidden, .unknownRoom, .notJoined].contains(self.refusal)
    }
}
