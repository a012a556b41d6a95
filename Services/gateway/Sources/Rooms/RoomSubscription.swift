/// One room on one event loop: what is known of its events, and what waits. Pure: takes what happened, returns what to
/// do.
///
/// The rules are those of the room protocol: only the same epoch and the last number + 1 are accepted; lower is
/// dropped; a hole, another epoch or an interrupted subscription starts a heal; while healing, live events wait. A
/// socket that joins gets the answer's position N, then everything above N and nothing else.
struct RoomSubscription {
    enum Phase: Equatable {
        case idle
        /// Waiting for the confirmation; joins wait with it.
        case subscribing
        /// Subscribed, but the first join is not answered: nothing is known to compare events with.
        case positioning
        case live
        /// Asked for what is missing; live events wait.
        case healing
    }

    enum Action: Equatable {
        case subscribe
        /// The subscription stands: send the joins that waited for it.
        case sendJoins
        /// To every member, in this order.
        case deliver(LiveEvent)
        /// Ask chat for everything after this position.
        case heal(RoomPosition)
        /// Too much is missing: ask for the newest page and give it to every member.
        case reload
    }

    /// What the socket that has joined gets besides its answer.
    struct Admission: Equatable {
        /// Delivered to the others while the join was on its way.
        var replay: [LiveEvent] = []
        /// Events up to this number are in the answer already and must not be delivered to this socket.
        var floor: RoomPosition?
        var actions: [Action] = []
    }

    /// Events that may wait, or be remembered for sockets that are joining.
    static let waitingLimit = 2_000
    static let waitingLimitInBytes = 4 << 20
    /// Heals in a row that brought nothing before everything is reloaded.
    static let fruitlessHeals = 3

    private(set) var phase = Phase.idle
    private(set) var position: RoomPosition?
    /// Joins sent or about to be sent, and not answered.
    private(set) var pendingJoins = 0
    private var waiting = BoundedEvents()
    private var recent = BoundedEvents()
    private var wasInterrupted = false
    private var healsWithoutProgress = 0

    // MARK: Joining

    /// A socket wants to join.
    ///
    /// - Returns: What to do, and whether the join may be sent now rather than with ``Action/sendJoins``.
    mutating func join() -> (actions: [Action], sendNow: Bool) {
        self.pendingJoins += 1
        switch self.phase {
        case .idle:
            self.phase = .subscribing
            return ([.subscribe], false)
        case .subscribing: return ([], false)
        case .positioning, .live, .healing: return ([], true)
        }
    }

    mutating func subscribed() -> [Action] {
        guard self.phase == .subscribing else { return [] }
        self.phase = .positioning
        return [.sendJoins]
    }

    /// A join was answered: the socket knows everything up to `answer`. Answers to several joins come in any order.
    ///
    /// - Returns: Nil when what happened since the answer is not at hand any more: the join is to be asked again.
    mutating func joined(at answer: RoomPosition) -> Admission? {
        let admission = self.admission(at: answer)
        if admission != nil { self.joinEnded() }
        return admission
    }

    private mutating func admission(at answer: RoomPosition) -> Admission? {
        guard let position = self.position else {
            self.position = answer
            self.phase = .live
            var admission = Admission()
            let overflowed = self.waiting.overflowed
            let events = self.waiting.takeAll()
            // The answer to another join may be of an earlier moment.
            for event in events where event.sequence ?? .max <= answer.sequence && self.pendingJoins > 1 {
                self.recent.append(event)
            }
            if self.wasInterrupted || overflowed {
                self.wasInterrupted = false
                admission.actions = self.beginHealing()
            }
            for event in events { admission.actions += self.received(event) }
            return admission
        }
        guard answer.epoch == position.epoch else {
            return Admission(floor: answer, actions: self.phase == .live ? self.beginHealing() : [])
        }
        var admission = Admission()
        admission.replay = self.recent.events.filter {
            $0.sequence == nil || $0.epoch == answer.epoch && ($0.sequence ?? 0) > answer.sequence
        }
        let isWhole = admission.replay.count { $0.sequence != nil } == position.sequence - answer.sequence
        if answer.sequence < position.sequence, !isWhole {
            if self.recent.overflowed { self.recent = BoundedEvents() }
            return nil
        }
        if answer.sequence > position.sequence {
            // The answer knows events that never came here.
            admission.floor = answer
            if self.phase == .live { admission.actions += self.beginHealing() }
        }
        return admission
    }

    /// A join was refused or went unanswered.
    mutating func joinFailed() {
        self.joinEnded()
    }

    private mutating func joinEnded() {
        self.pendingJoins -= 1
        if self.pendingJoins == 0 { self.recent = BoundedEvents() }
    }

    // MARK: Events

    mutating func received(_ event: LiveEvent) -> [Action] {
        switch self.phase {
        case .idle: return []
        case .subscribing, .positioning:
            self.waiting.append(event)
            return []
        case .healing where event.sequence != nil:
            self.waiting.append(event)
            return []
        case .healing, .live: break
        }
        guard let sequence = event.sequence, let position = self.position else { return [self.deliver(event)] }
        guard event.epoch == position.epoch else {
            let actions = self.beginHealing()
            self.waiting.append(event)
            return actions
        }
        if sequence <= position.sequence { return [] }
        guard sequence == position.sequence + 1 else {
            let actions = self.beginHealing()
            self.waiting.append(event)
            return actions
        }
        self.position?.sequence = sequence
        self.healsWithoutProgress = 0
        return [self.deliver(event)]
    }

    /// Publications may have been missed: the connection was replaced, or the subscription ended unasked.
    mutating func interrupted() -> [Action] {
        switch self.phase {
        case .idle, .subscribing, .healing: return []
        case .positioning:
            self.wasInterrupted = true
            return []
        case .live: return self.beginHealing()
        }
    }

    private mutating func deliver(_ event: LiveEvent) -> Action {
        if self.pendingJoins > 0 { self.recent.append(event) }
        return .deliver(event)
    }

    // MARK: Healing

    private mutating func beginHealing() -> [Action] {
        guard let position = self.position else { return [] }
        self.phase = .healing
        self.healsWithoutProgress += 1
        return self.healsWithoutProgress > Self.fruitlessHeals ? [.reload] : [.heal(position)]
    }

    /// What became of a heal.
    enum CatchUp: Equatable {
        /// The events given are all there are up to this position.
        case complete(RoomPosition)
        /// More pages follow.
        case partial
        /// chat cannot say what is missing.
        case lost
    }

    /// chat has answered a heal.
    mutating func caughtUp(_ outcome: CatchUp, events: [LiveEvent]) -> [Action] {
        guard self.phase == .healing, var position = self.position else { return [] }
        guard outcome != .lost else { return [.reload] }
        var actions: [Action] = []
        for event in events {
            guard let sequence = event.sequence, sequence > position.sequence else { continue }
            guard sequence == position.sequence + 1 else { return actions + [.reload] }
            position = RoomPosition(epoch: event.epoch, sequence: sequence)
            self.position = position
            self.healsWithoutProgress = 0
            actions.append(self.deliver(event))
        }
        guard case .complete(let end) = outcome else { return actions + [.heal(position)] }
        guard end.sequence == position.sequence else { return actions + [.reload] }
        self.position = end
        return actions + self.endHealing()
    }

    /// The newest page was given to every member; what it holds ends at this position.
    mutating func reloaded(at position: RoomPosition) -> [Action] {
        guard self.phase == .healing || self.phase == .live else { return [] }
        self.position = position
        self.healsWithoutProgress = 0
        self.phase = .healing
        return self.endHealing()
    }

    private mutating func endHealing() -> [Action] {
        if self.waiting.overflowed {
            self.waiting = BoundedEvents()
            return [.reload]
        }
        self.phase = .live
        var actions: [Action] = []
        for event in self.waiting.takeAll() { actions += self.received(event) }
        return actions
    }
}
