import Redis

/// From which seq on somebody may read who has no right to the whole history: what was said since they joined, and the last
/// ``ChatLimits/messagesBeforeJoining`` messages before. It is the same for a page, a join and a resume, and never moves
/// while they are a member: messages do not go.
struct MemberFloor {
    private let question: PageQuestion
    private var known: (joined: Int, sequence: Int)?

    init(_ question: PageQuestion) {
        self.question = question
    }

    /// The lowest seq that the page may show. Where its messages all came after the joining, nobody needs to count.
    mutating func sequence(_ look: PageLook, _ rooms: RoomReading) async throws -> Int {
        guard !self.question.seesWholeHistory, let joined = look.joined else { return 0 }
        if look.held.count > self.question.limit, look.held.allSatisfy({ $0.sequence >= joined }) { return joined }
        if let known = self.known, known.joined == joined { return known.sequence }
        let sequence = try await rooms.floor(joined: joined, of: self.question.room, self.question.keys)
        self.known = (joined, sequence)
        return sequence
    }
}

extension RoomReading {
    /// The seq of the last message but as many as a newcomer may read, of those before the joining; 0 when there are fewer.
    /// Events that are no messages do not count.
    func floor(joined: Int, of room: String, _ keys: RoomKeys) async throws -> Int {
        let count = ChatLimits.messagesBeforeJoining
        let replies = try await self.atOnce([
            RedisCommand("HGET", RedisArgument(keys.room), "trimmed"),
            RedisCommand(
                "ZREVRANGEBYSCORE", RedisArgument(keys.index), RedisArgument("(\(joined)"), "-inf", "WITHSCORES",
                "LIMIT", 0, RedisArgument(count)),
        ])
        let trimmed = replies[0].int ?? 0
        let words = replies[1].array ?? []
        // Below what it has let go Redis may hold some messages, but not each.
        let held = stride(from: 1, to: words.count, by: 2).compactMap { words[$0].int }.filter { $0 > trimmed }
        if held.count >= count { return held[count - 1] }
        guard trimmed > 0 else { return 0 }
        guard let archive = self.archive else { throw ArchiveNeeded() }
        return try await archive.sequence(
            ofMessage: count - held.count, before: min(joined, trimmed + 1), in: room) ?? 0
    }
}
