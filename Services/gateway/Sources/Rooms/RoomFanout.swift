import Domain
import NIOCore

/// One room on one event loop: its sockets, and the events that are about to leave. Each event is made into bytes once
/// for each dialect that is spoken here, however many sockets hear it. Confined to that loop.
final class RoomFanout {
    /// A join on its way.
    struct Join {
        let submission: Submission
        let kind: ChatJoinKind
        /// Until then it waits for the subscription.
        let deadline: NIODeadline
    }

    let room: String
    let partition: Int
    var subscription = RoomSubscription()
    /// One for each dialect that a member or somebody late speaks; all have collected the same events.
    private var audiences: [RoomAudience] = []
    /// Sockets whose join was answered ahead of the events: they get what is above their floor, then become members.
    private(set) var late: [(session: ClientSession, floor: RoomPosition)] = []
    /// Joins that wait for the subscription.
    var unsentJoins: [Join] = []
    /// Events that wait for the next flush.
    private var outgoingCount = 0
    private(set) var lastFlush = NIODeadline.uptimeNanoseconds(0)
    /// Whether events come faster than they are written: the last flush carried more than one.
    private(set) var isBusy = false
    private var isFlushing = false
    private var departed: [ClientSession] = []
    /// Somebody comes in: the room is not abandoned, though the last of the others may leave.
    private var isAdmitting = false
    /// Told when sockets that left while the room was written to have been taken out: only then may it be abandoned.
    var onDeparture: (RoomFanout) -> Void = { _ in }

    init(room: String, partition: Int) {
        self.room = room
        self.partition = partition
    }

    /// Whether nobody here needs the room any more.
    var isAbandoned: Bool {
        self.audiences.allSatisfy(\.members.isEmpty) && self.late.isEmpty && self.subscription.pendingJoins == 0
    }

    /// Whether the room stands in the list of those to be flushed.
    var isQueued = false
    var hasOutgoing: Bool { self.outgoingCount > 0 }
    /// How many dialects an event is made into bytes for.
    var dialectCount: Int { self.audiences.count }

    // MARK: Who is here

    /// Adds a socket. What was collected for the others leaves first: the new one must not get it.
    ///
    /// - Returns: Whether the socket is in the room; not if its connection ended meanwhile.
    @discardableResult
    func admit(_ session: ClientSession, floor: RoomPosition?) -> Bool {
        self.isAdmitting = true
        self.flush()
        self.isAdmitting = false
        guard session.link.isOpen else { return false }
        guard !self.audiences.contains(where: { $0.members.contains { $0 === session } }) else { return true }
        self.late.removeAll { $0.session === session }
        if let floor {
            _ = self.audience(of: session)
            self.late.append((session, floor))
        } else {
            self.add(session)
        }
        return true
    }

    func remove(_ session: ClientSession) {
        guard !self.isFlushing else { return self.departed.append(session) }
        self.late.removeAll { $0.session === session }
        self.audiences[self.audience(of: session)].remove(session)
        self.audiences.removeAll { audience in
            audience.members.isEmpty && !self.late.contains { $0.session.link.dialect === audience.dialect }
        }
    }

    private func add(_ session: ClientSession) {
        self.audiences[self.audience(of: session)].add(session)
    }

    /// The index of the audience of a socket's dialect, which is made when nobody spoke it so far.
    private func audience(of session: ClientSession) -> Int {
        let dialect = session.link.dialect
        if let index = self.audiences.firstIndex(where: { $0.dialect === dialect }) { return index }
        self.audiences.append(RoomAudience(dialect))
        return self.audiences.count - 1
    }

    /// Everybody with a socket in this room.
    var users: Set<String> {
        Set(self.audiences.flatMap { $0.members.map(\.user) } + self.late.map(\.session.user))
    }

    /// Every socket of a user in this room.
    func sessions(of user: String) -> [ClientSession] {
        self.audiences.flatMap { $0.members.filter { $0.user == user } }
            + self.late.map(\.session).filter { $0.user == user }
    }

    // MARK: Writing

    /// Collects an event for the next flush.
    func append(_ event: LiveEvent) {
        self.outgoingCount += 1
        guard !self.late.isEmpty else {
            for index in self.audiences.indices { self.audiences[index].append(event) }
            return
        }
        self.giveLate(event, self.audiences.indices.map { self.audiences[$0].append(event) })
    }

    /// - Returns: Deliveries made: events times sockets.
    @discardableResult
    func flush() -> Int {
        guard self.outgoingCount > 0 else { return 0 }
        let count = self.outgoingCount
        self.outgoingCount = 0
        self.isBusy = count > 1
        var members = 0
        self.whileNobodyLeaves {
            for index in self.audiences.indices {
                guard let frames = self.audiences[index].takeOutgoing() else { continue }
                self.audiences[index].deliver(frames)
                members += self.audiences[index].members.count
            }
        }
        self.lastFlush = .now()
        return count * members
    }

    /// Writes to all members but the sockets of one user: nobody is told of their own typing.
    func write(_ event: LiveEvent, except user: String) -> Int {
        guard self.audiences.contains(where: { $0.members.contains { $0.user == user } }) else {
            self.append(event)
            return 0
        }
        var deliveries = self.flush()
        self.whileNobodyLeaves {
            for audience in self.audiences {
                let frame = audience.dialect.event(event)
                for session in audience.members where session.user != user {
                    session.link.send(frame)
                    deliveries += 1
                }
            }
        }
        return deliveries
    }

    /// A failing write may close its connection: whose it was leaves when all have been written to.
    private func whileNobodyLeaves(_ body: () -> Void) {
        self.isFlushing = true
        body()
        self.isFlushing = false
        guard !self.departed.isEmpty else { return }
        let departed = self.departed
        self.departed = []
        for session in departed { self.remove(session) }
        if !self.isAdmitting { self.onDeparture(self) }
    }

    /// Everybody has now been given the newest page: nobody is late any more.
    func settle() {
        let late = self.late
        self.late = []
        for (session, _) in late { self.add(session) }
    }

    /// - Parameter frames: The event's, in the order of the audiences.
    private func giveLate(_ event: LiveEvent, _ frames: [ByteBuffer]) {
        var arrived: [ClientSession] = []
        for (session, floor) in self.late {
            if let sequence = event.sequence, event.epoch == floor.epoch, sequence <= floor.sequence {
                if sequence == floor.sequence { arrived.append(session) }
            } else {
                session.link.send(frames[self.audience(of: session)])
            }
        }
        guard !arrived.isEmpty else { return }
        // They know this event, which is collected for the others: it leaves before they become members.
        self.flush()
        for session in arrived where self.late.contains(where: { $0.session === session }) {
            self.late.removeAll { $0.session === session }
            self.add(session)
        }
    }
}

/// The two commands that make a socket a member of a room.
enum ChatJoinKind {
    case joinSquadRoom
    case resume
}
