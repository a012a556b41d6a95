import Domain
import NIOCore
import WireContract

/// How a socket comes into a room: when the room is subscribed, chat is asked, and what its answer and the events around it
/// say is put in order.
extension RoomSubscriptions {
    private static let unreachable = Refusal(.unavailable, "The room cannot be reached now.", retryAfter: 1)

    func join(_ submission: Submission, room name: String, kind: ChatJoinKind) {
        let room = self.rooms[name] ?? self.open(name)
        let join = RoomFanout.Join(submission: submission, kind: kind, deadline: .now() + self.joinDeadline)
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

    func fail(_ joins: [RoomFanout.Join], _ room: RoomFanout) {
        for join in joins { self.joinEnded(join, room, .failed(Self.unreachable)) }
    }

    func send(_ join: RoomFanout.Join, _ room: RoomFanout) {
        let kind: ChatCommand.Kind = join.kind == .resume ? .resume : .joinSquadRoom
        let session = join.submission.session
        self.chat.ask(
            kind, room: room.room, user: session.user, socket: session.id, data: join.submission.frame.data
        ) { outcome in
            if outcome.mayHaveEntered {
                if session.link.isOpen {
                    session.uncertainRooms.insert(room.room)
                } else {
                    self.departures.add(session, room: room.room)
                }
            }
            self.joinEnded(join, room, outcome)
        }
    }

    private func joinEnded(_ join: RoomFanout.Join, _ room: RoomFanout, _ outcome: ChatOutcome) {
        let (submission, session) = (join.submission, join.submission.session)
        guard case .answered(let reply) = outcome, reply.succeeded, let position = reply.position else {
            room.subscription.joinFailed()
            submission.end(outcome)
            return self.releaseIfAbandoned(room)
        }
        guard session.link.isOpen else {
            // It went away while its join was on the way: chat counts it as present.
            room.subscription.joinFailed()
            submission.endUnheard()
            self.departures.add(session, room: room.room)
            return self.releaseIfAbandoned(room)
        }
        guard let admission = room.subscription.joined(at: position) else {
            // chat counts it as present, whatever becomes of it here.
            session.uncertainRooms.insert(room.room)
            guard join.deadline > .now() else { return self.joinEnded(join, room, .failed(Self.unreachable)) }
            return self.send(join, room)
        }
        guard room.admit(session, floor: admission.floor) else {
            // What waited for the others was written first, and the connection ended by it.
            submission.endUnheard()
            self.departures.add(session, room: room.room)
            self.perform(admission.actions, room)
            return self.releaseIfAbandoned(room)
        }
        session.uncertainRooms.remove(room.room)
        self.departures.cancel(session, room: room.room)
        session.memberships.removeAll { $0.room === room }
        session.memberships.append(.init(room: room, rights: reply.rights))
        submission.succeed(reply.answer)
        for event in reply.pushes + admission.replay { session.link.write(event) }
        session.link.flush()
        self.perform(admission.actions, room)
        // The answer is older than these: what the user lost or was given since then counts.
        for event in admission.replay where event.user == session.user {
            switch event.flag {
            case .none: continue
            case .rights(let bits): self.change(session, room) { $0.rights = bits }
            case .drop: self.drop([session], room)
            }
        }
    }
}

extension ChatOutcome {
    /// Whether a join that came to nothing may have entered its room: nobody answered, or chat could not read in time what was
    /// to be answered after it.
    fileprivate var mayHaveEntered: Bool {
        switch self {
        case .failed: return true
        case .answered(let reply):
            return reply.refusal == .busy || reply.refusal == .unavailable
        }
    }
}
