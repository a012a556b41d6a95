import Redis

/// Where earlier releases kept the jobs of a queue: each in a hash of its own. What was left there goes on here;
/// 7 days after the last such release nothing of it is left.
struct FormerJobs {
    let queue: JobQueue

    /// Ids that waited (list).
    var ready: String { "\(self.queue.prefix):ready" }
    /// Id → end of the claim in ms since 1970 (sorted set).
    var claims: String { "\(self.queue.prefix):claims" }
    /// Id → token of the claim's owner (hash).
    var owners: String { "\(self.queue.prefix):owners" }
    /// Id → when it is due in ms since 1970 (sorted set).
    var scheduled: String { "\(self.queue.prefix):scheduled" }
    /// State and payload of one job (hash).
    func job(_ id: String) -> String { "\(self.queue.prefix):job:\(id)" }

    /// Asks how many jobs are left in the three places.
    var counts: [RedisCommand] {
        [
            RedisCommand("LLEN", RedisArgument(self.ready)), RedisCommand("ZCARD", RedisArgument(self.claims)),
            RedisCommand("ZCARD", RedisArgument(self.scheduled)),
        ]
    }

    /// Takes over what nobody holds any more, some at a time.
    ///
    /// - Parameter now: Milliseconds since 1970, by Redis' clock: claims that end later may still be in use.
    /// - Returns: How many go on.
    func adopt(redis: RedisClient, now: Int) async throws(RedisError) -> Int {
        let replies = try await redis.pipeline([
            RedisCommand("LRANGE", RedisArgument(self.ready), -500, -1),
            RedisCommand("ZRANGEBYSCORE", RedisArgument(self.claims), "-inf", RedisArgument(now), "LIMIT", 0, 500),
            RedisCommand("ZRANGE", RedisArgument(self.scheduled), 0, 499),
        ])
        var ids: [String] = []
        // The oldest wait on the right, and each goes in at the left again.
        for reply in replies { ids += (try reply.get().array ?? []).compactMap(\.string).reversed() }
        var count = 0
        for reply in try await redis.evaluate(ids.map { self.adoption($0) }) where try reply.get().int == 1 {
            count += 1
        }
        return count
    }

    func adoption(_ id: String) -> RedisScript.Call {
        RedisScript.Call(
            JobScripts.adopt,
            keys: [
                self.job(id), self.ready, self.claims, self.owners, self.scheduled, self.queue.jobs,
                self.queue.waiting, self.queue.due,
            ], arguments: [RedisArgument(id)])
    }
}

extension JobQueue {
    var former: FormerJobs { FormerJobs(queue: self) }
}
