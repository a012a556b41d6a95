public import Redis

/// What became of one job, for whoever asks why somebody was told of something, or was not.
public struct JobReceipt: Sendable, Equatable {
    /// The two parts of the job's name: of a delivery the event and the user.
    public let group: String
    public let member: String
    public let record: JobRecord
}

/// For operators: these look through a whole queue, a part at a time.
extension JobQueue {
    /// Every job of a group that is under way, or whose end is remembered. One that ends meanwhile is found all the same, and
    /// once.
    public func receipts(
        ofGroup group: String, redis: some RedisCommands
    ) async throws(RedisError) -> [JobReceipt] {
        // In this order: a job goes from the first place to the second.
        var receipts = try await self.underWay(matching: "\(group)*", redis).filter { $0.group == group }
        let ended = try await redis.send(RedisCommand("HGETALL", RedisArgument(self.ended(group))))
        receipts += ended.map().compactMap { member, value in
            self.receipt(group, member, value, isEnded: true)
        }
        return Self.withoutDoubles(receipts)
    }

    /// SCAN may find the same twice, and a job that ends between two steps is found under way and ended: the later counts.
    private static func withoutDoubles(_ receipts: [JobReceipt]) -> [JobReceipt] {
        var places: [String: Int] = [:]
        var single: [JobReceipt] = []
        for receipt in receipts {
            let name = "\(receipt.group)/\(receipt.member)"
            if let place = places[name] {
                single[place] = receipt
            } else {
                places[name] = single.count
                single.append(receipt)
            }
        }
        return single
    }

    /// The same of one member of all groups.
    public func receipts(
        ofMember member: String, redis: some RedisCommands
    ) async throws(RedisError) -> [JobReceipt] {
        let start = self.ended("")
        var receipts = try await self.underWay(matching: "*/\(member)", redis)
        var cursor = "0"
        repeat {
            let part = try await Self.part(
                RedisCommand("SCAN", RedisArgument(cursor), "MATCH", RedisArgument(start + "*"), "COUNT", 1_000), redis)
            let groups = (part.found.array ?? []).compactMap(\.string)
            let ends = try await redis.pipeline(
                groups.map { RedisCommand("HGET", RedisArgument($0), RedisArgument(member)) })
            for (group, end) in zip(groups, ends) {
                let name = String(group.dropFirst(start.count))
                if let receipt = self.receipt(name, member, try end.get(), isEnded: true) { receipts.append(receipt) }
            }
            cursor = part.next
        } while cursor != "0"
        return Self.withoutDoubles(receipts)
    }

    private func underWay(
        matching pattern: String, _ redis: some RedisCommands
    ) async throws(RedisError) -> [JobReceipt] {
        var receipts: [JobReceipt] = []
        var cursor = "0"
        repeat {
            let part = try await Self.part(
                RedisCommand(
                    "HSCAN", RedisArgument(self.jobs), RedisArgument(cursor), "MATCH", RedisArgument(pattern), "COUNT",
                    1_000), redis)
            for (id, value) in part.found.map() {
                let name = JobName(id)
                if let receipt = self.receipt(name.group, name.member, value, isEnded: false) {
                    receipts.append(receipt)
                }
            }
            cursor = part.next
        } while cursor != "0"
        return receipts
    }

    private func receipt(_ group: String, _ member: String, _ value: RedisValue, isEnded: Bool) -> JobReceipt? {
        guard let bytes = value.buffer.map({ Array($0.readableBytesView) }),
            let record = JobRecord(reading: bytes, isEnded: isEnded)
        else { return nil }
        return JobReceipt(group: group, member: member, record: record)
    }

    /// One answer of SCAN or HSCAN.
    private static func part(
        _ command: RedisCommand, _ redis: some RedisCommands
    ) async throws(RedisError) -> (found: RedisValue, next: String) {
        guard let parts = try await redis.send(command).array, parts.count == 2, let next = parts[0].string else {
            throw .unexpectedReply("SCAN")
        }
        return (parts[1], next)
    }
}
