import Domain
import Redis

/// What is known of entries that could not be applied at once: what was brought for them, or why nothing can be.
struct BroughtAnswers {
    /// More often than this an entry gets the same answer only when what it asks for does not help it.
    private static let mostTries = 20

    /// For those that asked, and for those behind them in the batch.
    private(set) var found: [StreamID: ArchiveAnswer] = [:]
    /// Those that can never be applied, and why.
    private(set) var hopeless: [StreamID: String] = [:]
    /// Those of people that the archive was asked for and did not answer, or that a full server does not take.
    private(set) var refused: [StreamID: Refusal] = [:]
    /// Those of people who want to come in, and the server is full.
    private(set) var metFullServer: Set<StreamID> = []
    /// What the entry at the cursor has asked for, and how often, so that one that asks for ever is noticed. One that asks
    /// for many things, like a question for many rooms after a restart, is not.
    private var stuck: (id: StreamID, tries: [[String]: Int])?

    mutating func bring(_ answer: ArchiveAnswer, for id: StreamID) { self.found[id] = answer }

    mutating func giveUp(_ id: StreamID, _ reason: String) { self.hopeless[id] = reason }

    mutating func refuse(_ id: StreamID, _ refusal: Refusal) { self.refused[id] = refusal }

    mutating func meetFullServer(_ id: StreamID) { self.metFullServer.insert(id) }

    /// What the archive said of rooms is out of date.
    mutating func forgetFound() { self.found.removeAll() }

    /// The next batch begins with this entry: what was known of those before it is not needed any more.
    mutating func begin(with first: StreamID) {
        if !self.found.isEmpty { self.found = self.found.filter { $0.key >= first } }
        if !self.hopeless.isEmpty { self.hopeless = self.hopeless.filter { $0.key >= first } }
        if !self.refused.isEmpty { self.refused = self.refused.filter { $0.key >= first } }
        if !self.metFullServer.isEmpty { self.metFullServer = self.metFullServer.filter { $0 >= first } }
    }

    /// The entry at the cursor is another one, or waits for something that is no fault of its own.
    mutating func moveOn() { self.stuck = nil }

    /// Notes that something was brought for what a script answered. Only that counts: a database that is away is no fault of
    /// the command.
    mutating func count(_ answer: [String], of id: StreamID) {
        var tries = self.stuck.map { $0.id == id ? $0.tries : [:] } ?? [:]
        tries[answer, default: 0] += 1
        self.stuck = (id, tries)
        if tries[answer, default: 0] > Self.mostTries {
            self.giveUp(id, "asked again and again for “\(answer.joined(separator: " "))”")
        }
    }
}
