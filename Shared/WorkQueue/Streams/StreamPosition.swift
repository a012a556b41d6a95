public import Redis

/// How far a group has come in its stream: all that is not after `id` is done.
///
/// Entries are then read without being handed out, so none is pending and none needs to be acknowledged: that costs the
/// server half as much. It takes one reader at a time (``ConsumerLease``). A reader notes only what it has done itself, on
/// top of what was done before it; one that wakes too late can set the position back, never ahead of what is done.
public struct StreamPosition: Sendable, Equatable {
    public private(set) var id: StreamID
    /// Entries up to there since the stream began; nil when Redis does not know.
    public private(set) var given: Int?

    /// These are done now, oldest first.
    mutating func advance(over ids: [StreamID]) {
        guard let last = ids.last else { return }
        self.id = last
        self.given = self.given.map { $0 + ids.count }
    }
}

extension StreamReader {
    /// Where the group stands; nil when it is missing.
    func position(on redis: RedisConnection) async throws(RedisError) -> StreamPosition? {
        let groups = try await redis.send(RedisCommand("XINFO", "GROUPS", RedisArgument(self.stream))).array ?? []
        guard let ours = groups.map({ $0.map() }).first(where: { $0["name"]?.string == self.group }),
            let id = ours["last-delivered-id"]?.string.flatMap({ StreamID($0) })
        else { return nil }
        // Of a group that was never given anything Redis does not say that this is nothing.
        return StreamPosition(id: id, given: id == .zero ? 0 : ours["entries-read"]?.int)
    }

    /// Entries after a position, oldest first; empty when none came in time.
    func next(after position: StreamPosition, on redis: RedisConnection) async throws(RedisError) -> [StreamEntry] {
        try await redis.xread(self.stream, after: position.id, count: self.batch, block: self.block)
    }

    /// Notes what is done. Writers may remove it from now on.
    func note(_ position: StreamPosition, on redis: RedisConnection) async throws(RedisError) {
        let given: [RedisArgument] = position.given.map { ["ENTRIESREAD", RedisArgument($0)] } ?? []
        _ = try await redis.send(
            RedisCommand(
                [
                    "XGROUP", "SETID", RedisArgument(self.stream), RedisArgument(self.group),
                    RedisArgument("\(position.id)"),
                ]
                    + given))
    }
}
