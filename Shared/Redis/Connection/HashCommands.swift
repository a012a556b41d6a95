extension RedisCommands {
    /// Reads a part of a hash, so that a large one needs no reply as large.
    ///
    /// What is in the hash from the first part to the last is read, some of it possibly twice; what comes or goes
    /// meanwhile may be read or not.
    ///
    /// - Parameters:
    ///   - cursor: "0" for the first part, then what the part before named.
    ///   - count: About so many fields; a small hash comes as a whole.
    /// - Returns: The fields, and where the next part begins; nil after the last.
    public func hscan(
        _ key: String, from cursor: String = "0", count: Int = 500
    ) async throws(RedisError) -> (fields: [String: RedisValue], next: String?) {
        let reply = try await self.send(
            RedisCommand("HSCAN", RedisArgument(key), RedisArgument(cursor), "COUNT", RedisArgument(count)))
        guard let parts = reply.array, parts.count == 2, let next = parts[0].string else {
            throw .unexpectedReply("HSCAN")
        }
        return (parts[1].map(), next == "0" ? nil : next)
    }
}
