extension RedisCommands {
    /// Makes a consumer group, and the stream with it. A group that exists stays as it is.
    ///
    /// - Parameter start: Entries after this id are delivered; the default delivers all that are there, so that a
    ///   group made late (or again, after the data was lost) misses nothing.
    public func xgroupCreate(
        _ stream: String, group: String, from start: String = "0"
    ) async throws(RedisError) {
        do throws(RedisError) {
            _ = try await self.send(
                RedisCommand(
                    "XGROUP", "CREATE", RedisArgument(stream), RedisArgument(group), RedisArgument(start), "MKSTREAM"))
        } catch {
            guard error.serverError?.kind == .busyGroup else { throw error }
        }
    }

    /// Reads entries for one consumer of a group.
    ///
    /// A group found missing — a fresh or emptied server — is made again from the beginning, and the read repeated.
    ///
    /// - Parameters:
    ///   - streams: Stream and position; `>` is what nobody was given yet, an id is this consumer's own unacknowledged
    ///     entries after it.
    ///   - count: At most so many per stream.
    ///   - block: How long to wait for the first entry; `nil` does not wait. Only on a connection of its own.
    /// - Returns: Only the streams that had something.
    public func xreadgroup(
        _ streams: [(String, after: String)], group: String, consumer: String, count: Int = 100,
        block: Duration? = nil
    ) async throws(RedisError) -> [StreamBatch] {
        let command = RedisCommand.xreadgroup(
            streams, group: group, consumer: consumer, count: count, block: block)
        do throws(RedisError) {
            return try StreamBatch.list(await self.send(command))
        } catch {
            guard let kind = error.serverError?.kind, kind == .noGroup || kind == .unblocked else { throw error }
            for (stream, _) in streams { try await self.xgroupCreate(stream, group: group) }
            return try StreamBatch.list(await self.send(command))
        }
    }

    /// Reads new entries of one stream for one consumer of a group.
    public func xreadgroup(
        _ stream: String, group: String, consumer: String, count: Int = 100, block: Duration? = nil
    ) async throws(RedisError) -> [StreamEntry] {
        try await self.xreadgroup(
            [(stream, after: ">")], group: group, consumer: consumer, count: count, block: block
        ).first?.entries ?? []
    }

    /// Acknowledges entries. Returns how many were pending.
    @discardableResult
    public func xack(_ stream: String, group: String, _ ids: [StreamID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try await self.send(.xack(stream, group: group, ids)).integer()
    }

    /// Takes over entries that another consumer was given and did not acknowledge for `idle`. A missing group is made
    /// again from the beginning; then there is nothing to take over.
    ///
    /// - Parameter start: ``StreamID/zero``, or where the last call left off.
    public func xautoclaim(
        _ stream: String, group: String, consumer: String, idle: Duration, from start: StreamID = .zero,
        count: Int = 100
    ) async throws(RedisError) -> StreamClaim {
        do throws(RedisError) {
            let reply = try await self.send(
                RedisCommand(
                    "XAUTOCLAIM", RedisArgument(stream), RedisArgument(group), RedisArgument(consumer),
                    RedisArgument(idle.wholeMilliseconds), RedisArgument("\(start)"), "COUNT",
                    RedisArgument(count)))
            return try StreamClaim(reply)
        } catch {
            guard error.serverError?.kind == .noGroup else { throw error }
            try await self.xgroupCreate(stream, group: group)
            return StreamClaim(next: .zero, entries: [], deleted: [])
        }
    }

    /// What a group was given and has not acknowledged.
    public func xpending(_ stream: String, group: String) async throws(RedisError) -> StreamPending {
        try StreamPending(await self.send(RedisCommand("XPENDING", RedisArgument(stream), RedisArgument(group))))
    }
}

extension RedisCommand {
    /// `XREADGROUP`; with `block` it has the time limit that fits.
    public static func xreadgroup(
        _ streams: [(String, after: String)], group: String, consumer: String, count: Int, block: Duration? = nil
    ) -> RedisCommand {
        var arguments: [RedisArgument] = [
            "XREADGROUP", "GROUP", RedisArgument(group), RedisArgument(consumer), "COUNT", RedisArgument(count),
        ]
        if let block { arguments += ["BLOCK", RedisArgument(block.blockingMilliseconds)] }
        arguments.append("STREAMS")
        for (name, _) in streams { arguments.append(RedisArgument(name)) }
        for (_, position) in streams { arguments.append(RedisArgument(position)) }
        var command = RedisCommand(arguments)
        command.timeout = block.map { $0 + .blockingMargin }
        return command
    }

    /// `XACK` of many, for a pipeline.
    public static func xack(_ stream: String, group: String, _ ids: [StreamID]) -> RedisCommand {
        RedisCommand("XACK", [RedisArgument(stream), RedisArgument(group)] + ids.map { RedisArgument("\($0)") })
    }
}

/// What one `XAUTOCLAIM` took over.
public struct StreamClaim: Sendable {
    /// Where to go on; ``StreamID/zero`` when all was looked at.
    public let next: StreamID
    public let entries: [StreamEntry]
    /// Entries that were no longer in the stream; the server has forgotten them now.
    public let deleted: [StreamID]
}

extension StreamClaim {
    init(_ reply: RedisValue) throws(RedisError) {
        guard let parts = reply.array, parts.count >= 2 else { throw .unexpectedReply("not an XAUTOCLAIM reply") }
        let deleted = parts.count > 2 ? (parts[2].array ?? []).compactMap { $0.string.flatMap { StreamID($0) } } : []
        self.init(next: try StreamID(reply: parts[0]), entries: try StreamEntry.list(parts[1]), deleted: deleted)
    }
}

/// The summary of a group's unacknowledged entries.
public struct StreamPending: Sendable, Equatable {
    /// How many.
    public let count: Int
    public let first: StreamID?
    public let last: StreamID?
    /// How many for each consumer that has some.
    public let consumers: [String: Int]

    init(_ reply: RedisValue) throws(RedisError) {
        guard let parts = reply.array, parts.count == 4, let count = parts[0].int else {
            throw .unexpectedReply("not an XPENDING summary")
        }
        self.count = count
        self.first = parts[1].string.flatMap { StreamID($0) }
        self.last = parts[2].string.flatMap { StreamID($0) }
        var consumers: [String: Int] = [:]
        for pair in parts[3].array ?? [] {
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string else { continue }
            consumers[name] = pair[1].int
        }
        self.consumers = consumers
    }
}
