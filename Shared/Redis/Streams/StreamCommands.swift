// Writing and reading streams; ConsumerGroups.swift has the groups.
extension RedisCommands {
    /// Appends an entry.
    ///
    /// - Parameters:
    ///   - id: `nil` lets the server choose.
    ///   - maximumLength: Trims the oldest entries, at least to about this length. Never use it for work: what was
    ///     not done yet would be lost.
    /// - Returns: The entry's id.
    @discardableResult
    public func xadd(
        _ stream: String, id: StreamID? = nil, maximumLength: Int? = nil, fields: [(String, RedisArgument)]
    ) async throws(RedisError) -> StreamID {
        try StreamID(reply: await self.send(.xadd(stream, id: id, maximumLength: maximumLength, fields: fields)))
    }

    /// Reads entries after the given positions.
    ///
    /// - Parameters:
    ///   - streams: Stream and the last id seen; ``StreamID/zero`` reads from the beginning.
    ///   - count: At most so many per stream.
    ///   - block: How long to wait for the first entry; `nil` does not wait. Only on a connection of its own.
    /// - Returns: Only the streams that had something.
    public func xread(
        _ streams: [(String, after: StreamID)], count: Int = 100, block: Duration? = nil
    ) async throws(RedisError) -> [StreamBatch] {
        let command = RedisCommand.xread(streams, count: count, block: block)
        return try StreamBatch.list(await self.send(command))
    }

    /// Reads entries after one position of one stream.
    public func xread(
        _ stream: String, after id: StreamID, count: Int = 100, block: Duration? = nil
    ) async throws(RedisError) -> [StreamEntry] {
        try await self.xread([(stream, after: id)], count: count, block: block).first?.entries ?? []
    }

    /// Entries from `start` to `end`, both included, oldest first.
    ///
    /// - Parameters:
    ///   - start: An id, `-` for the first, `(id` for after that id.
    ///   - end: An id, `+` for the last, `(id` for before that id.
    public func xrange(
        _ stream: String, from start: String = "-", to end: String = "+", count: Int? = nil
    ) async throws(RedisError) -> [StreamEntry] {
        let limit: [RedisArgument] = count.map { ["COUNT", RedisArgument($0)] } ?? []
        let range = [RedisArgument(stream), RedisArgument(start), RedisArgument(end)]
        return try StreamEntry.list(await self.send(RedisCommand("XRANGE", range + limit)))
    }

    /// Entries from `end` down to `start`, both included, newest first.
    public func xrevrange(
        _ stream: String, from end: String = "+", to start: String = "-", count: Int? = nil
    ) async throws(RedisError) -> [StreamEntry] {
        let limit: [RedisArgument] = count.map { ["COUNT", RedisArgument($0)] } ?? []
        let range = [RedisArgument(stream), RedisArgument(end), RedisArgument(start)]
        return try StreamEntry.list(await self.send(RedisCommand("XREVRANGE", range + limit)))
    }

    /// Number of entries; zero for a stream that does not exist.
    public func xlen(_ stream: String) async throws(RedisError) -> Int {
        try await self.send(RedisCommand("XLEN", RedisArgument(stream))).integer()
    }

    /// Deletes entries. Returns how many there were.
    @discardableResult
    public func xdel(_ stream: String, _ ids: [StreamID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try await self.send(RedisCommand("XDEL", [RedisArgument(stream)] + ids.map { RedisArgument("\($0)") }))
            .integer()
    }

    /// Deletes all entries below `id`. Returns how many there were.
    @discardableResult
    public func xtrim(_ stream: String, minID id: StreamID) async throws(RedisError) -> Int {
        try await self.send(RedisCommand("XTRIM", RedisArgument(stream), "MINID", RedisArgument("\(id)"))).integer()
    }
}

extension RedisCommand {
    /// `XADD`, for a pipeline.
    public static func xadd(
        _ stream: String, id: StreamID? = nil, maximumLength: Int? = nil, fields: [(String, RedisArgument)]
    ) -> RedisCommand {
        var arguments: [RedisArgument] = ["XADD", RedisArgument(stream)]
        arguments.reserveCapacity(6 + fields.count * 2)
        if let maximumLength { arguments += ["MAXLEN", "~", RedisArgument(maximumLength)] }
        arguments.append(id.map { RedisArgument("\($0)") } ?? "*")
        for (name, value) in fields {
            arguments.append(RedisArgument(name))
            arguments.append(value)
        }
        return RedisCommand(arguments)
    }

    /// `XREAD`; with `block` it has the time limit that fits.
    public static func xread(
        _ streams: [(String, after: StreamID)], count: Int, block: Duration? = nil
    ) -> RedisCommand {
        var arguments: [RedisArgument] = ["XREAD", "COUNT", RedisArgument(count)]
        if let block { arguments += ["BLOCK", RedisArgument(block.blockingMilliseconds)] }
        arguments.append("STREAMS")
        for (name, _) in streams { arguments.append(RedisArgument(name)) }
        for (_, id) in streams { arguments.append(RedisArgument("\(id)")) }
        var command = RedisCommand(arguments)
        command.timeout = block.map { $0 + .blockingMargin }
        return command
    }
}

extension Duration {
    /// What a reply to a blocking command may take longer than it blocks.
    static let blockingMargin = Duration.seconds(5)

    /// As `BLOCK` takes it: at least one, because zero would block for ever.
    var blockingMilliseconds: Int { max(1, self.wholeMilliseconds) }
}

extension RedisValue {
    func integer() throws(RedisError) -> Int {
        guard let number = self.int else { throw .unexpectedReply("not an integer") }
        return number
    }
}

extension StreamID {
    init(reply: RedisValue) throws(RedisError) {
        guard let id = reply.string.flatMap({ StreamID($0) }) else { throw .unexpectedReply("not a stream id") }
        self = id
    }
}
