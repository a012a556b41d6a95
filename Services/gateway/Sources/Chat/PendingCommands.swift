import NIOCore

/// Commands that wait for their answers: when each is to be added again and when to give up. Pure: the clock is passed
/// in, and so is everything that is kept with a command.
struct PendingCommands<Waiting> {
    /// What is due.
    struct Due {
        /// To be added again under the same id and token.
        var again: [(token: UInt64, waiting: Waiting)] = []
        /// Unanswered for too long; forgotten.
        var expired: [Waiting] = []
    }

    private struct Entry {
        let waiting: Waiting
        let since: NIODeadline
        var lastSent: NIODeadline
        var isResting = false
    }

    /// Unanswered for this long, a command is added again.
    let resendAfter: TimeAmount
    /// Unanswered for this long, a command is given up.
    let giveUpAfter: TimeAmount
    private var entries: [UInt64: Entry] = [:]
    private var nextToken: UInt64 = 1

    init(resendAfter: TimeAmount = .seconds(1), giveUpAfter: TimeAmount = .seconds(10)) {
        self.resendAfter = resendAfter
        self.giveUpAfter = giveUpAfter
    }

    var count: Int { self.entries.count }

    mutating func insert(_ waiting: Waiting, now: NIODeadline) -> UInt64 {
        let token = self.nextToken
        self.nextToken += 1
        self.entries[token] = Entry(waiting: waiting, since: now, lastSent: now)
        return token
    }

    /// What waits under this token, without taking it.
    subscript(token: UInt64) -> Waiting? { self.entries[token]?.waiting }

    /// Takes the command that was answered; `nil` for an answer that came twice or too late.
    mutating func take(_ token: UInt64) -> Waiting? {
        self.entries.removeValue(forKey: token)?.waiting
    }

    /// Lets a command be due no more before it is given up, or makes it due again.
    mutating func rest(_ token: UInt64, _ isResting: Bool = true) { self.entries[token]?.isResting = isResting }

    /// - Parameter isReconnect: Whether everything is to be added again now: answers may have been lost.
    mutating func due(now: NIODeadline, isReconnect: Bool = false) -> Due {
        var due = Due()
        for (token, entry) in self.entries {
            if now - entry.since >= self.giveUpAfter {
                self.entries[token] = nil
                due.expired.append(entry.waiting)
            } else if !entry.isResting, isReconnect || now - entry.lastSent >= self.resendAfter {
                self.entries[token]?.lastSent = now
                due.again.append((token, entry.waiting))
            }
        }
        // Tokens grow with time: commands are added again in the order in which they came.
        due.again.sort { $0.token < $1.token }
        return due
    }
}
