import Logging
import NIOConcurrencyHelpers
import Redis

/// What becomes of entries that were read: their effects in order, dead letters, and what is told of those that must wait.
extension OrderedConsumer {
    /// Of entries that were read by position.
    ///
    /// - Returns: The position after them, nil when not all of them are done.
    func work(
        through entries: [StreamEntry], after start: StreamPosition, on connection: RedisConnection
    ) async throws(RedisError) -> StreamPosition? {
        var position = start
        let isDone = try await self.work(through: entries) { done throws(RedisError) in
            position.advance(over: done)
            // Whoever holds the lease now does them again, which changes nothing.
            guard self.lease?.isHeld != false else { return }
            try await self.reader.note(position, on: connection)
        }
        return isDone ? position : nil
    }

    /// Of entries that were handed out.
    ///
    /// - Returns: Whether all of them are done.
    func work(
        through entries: [StreamEntry], on connection: RedisConnection
    ) async throws(RedisError) -> Bool {
        try await self.work(through: entries) { done throws(RedisError) in
            try await self.reader.acknowledge(done, on: connection)
        }
    }

    /// - Parameter note: Called with what is done, as soon as it is.
    private func work(
        through entries: [StreamEntry], note: ([StreamID]) async throws(RedisError) -> Void
    ) async throws(RedisError) -> Bool {
        var left = entries[...]
        while let first = left.first {
            // What is left stays unacknowledged, for whoever holds the lease next.
            guard self.mayWork else { return false }
            var done: [StreamID] = []
            var wait: Duration?
            if first.fields.isEmpty {
                try await self.mourn(first)
                done = [first.id]
            } else {
                (done, wait) = try await self.finish(left.prefix(self.together).prefix { !$0.fields.isEmpty })
            }
            if !done.isEmpty { try await note(done) }
            left = left.dropFirst(done.count)
            // Wait in place: taking the next entry first would reorder the stream.
            if let wait {
                await self.pause(wait)
                guard self.mayRead else { return false }
            }
        }
        return true
    }

    /// - Returns: Which entries are to be acknowledged, and how long to wait before the one after them.
    private func finish(
        _ entries: ArraySlice<StreamEntry>
    ) async throws(RedisError) -> (done: [StreamID], wait: Duration?) {
        var done: [StreamID] = []
        for (entry, outcome) in zip(entries, await self.handle(Array(entries))) {
            switch outcome {
            case .done:
                self.observe(.done)
            case .retry(let delay, let reason):
                self.observe(.retried(reason: reason))
                self.tell(of: entry, reason: reason)
                return (done, delay)
            case .discard(let reason):
                // Malformed now is malformed for ever; left in place it would block the stream.
                self.logger.warning(
                    "entry refused",
                    metadata: [
                        "stream": "\(self.reader.stream)", "entry": "\(entry.id)", "reason": "\(reason)",
                    ])
                try await self.bury(entry, reason: reason)
                self.observe(.discarded(reason: reason))
            }
            if let count = self.repetition.withLockedValue({ $0.over(entry.id) }) {
                self.logger.info(
                    "the stream goes on",
                    metadata: ["stream": "\(self.reader.stream)", "entry": "\(entry.id)", "tries": "\(count)"])
            }
            done.append(entry.id)
        }
        return (done, nil)
    }

    /// Everything behind the entry waits for it, which nobody would see from outside.
    private func tell(of entry: StreamEntry, reason: String) {
        let count = self.repetition.withLockedValue { $0.again(entry.id, at: .now) ? $0.count : nil }
        guard let count else { return }
        self.logger.warning(
            "an entry cannot be done yet, those behind it wait",
            metadata: [
                "stream": "\(self.reader.stream)", "entry": "\(entry.id)", "tries": "\(count)", "reason": "\(reason)",
            ])
    }

    /// Somebody trimmed the stream: nothing of the entry is left but that it was.
    func mourn(_ entry: StreamEntry) async throws(RedisError) {
        self.logger.error("entry lost", metadata: ["stream": "\(self.reader.stream)", "entry": "\(entry.id)"])
        try await self.bury(entry, reason: "trimmed from the stream before it was done")
        self.observe(.lost)
    }

    private func bury(_ entry: StreamEntry, reason: String) async throws(RedisError) {
        func append() async throws(RedisError) {
            try await self.deadLetters.append(
                entry, from: self.reader.stream, reason: reason, replayTo: self.replayTo, at: self.now())
        }
        do throws(RedisError) { try await append() } catch {
            let broken = BrokenKeys(redis: self.redis, logger: self.logger)
            guard await broken.mend(error, [(self.deadLetters.stream, "stream")]) else { throw error }
            try await append()
        }
    }
}
