import Redis

/// One claim on one job, and what its owner may do with it. Every act checks the token, so a worker that woke too late
/// changes nothing.
struct JobClaim: Sendable {
    let queue: JobQueue
    let id: String
    let owner: String

    /// What ``begin(repeats:)`` came to.
    enum Beginning: Sendable, Equatable {
        case go(payload: [UInt8], attempt: Int, repeats: Int)
        /// There is nothing to do: finished or forgotten long ago.
        case ended
        /// It was cut off too often; it has ended as unknown.
        case unknown
        /// The claim belongs to somebody else.
        case lost
    }

    /// - Parameter repeats: How often a job may be repeated although it may have happened.
    func begin(repeats: Int) -> RedisScript.Call {
        RedisScript.Call(
            JobScripts.begin,
            keys: [self.queue.job(self.id), self.queue.claims, self.queue.owners, self.queue.dead],
            arguments: [
                RedisArgument(self.id), RedisArgument(self.owner), RedisArgument(repeats),
                RedisArgument(self.queue.prefix), RedisArgument(self.queue.replay),
            ])
    }

    static func beginning(_ reply: RedisValue) throws(RedisError) -> Beginning {
        guard let parts = reply.array, let word = parts.first?.string else { throw .unexpectedReply("begin_job") }
        switch word {
        case "ended": return .ended
        case "unknown": return .unknown
        case "lost": return .lost
        default:
            guard word == "go", parts.count == 4, let payload = parts[1].buffer, let attempt = parts[2].int,
                let repeats = parts[3].int
            else { throw .unexpectedReply("begin_job") }
            return .go(payload: Array(payload.readableBytesView), attempt: attempt, repeats: repeats)
        }
    }

    func renewal(lease: Duration) -> RedisScript.Call {
        RedisScript.Call(
            JobScripts.renew, keys: [self.queue.claims, self.queue.owners],
            arguments: [RedisArgument(self.id), RedisArgument(self.owner), RedisArgument(lease.wholeMilliseconds)])
    }

    /// The script that carries out an outcome.
    func settlement(_ result: JobResult) -> RedisScript.Call {
        let keys = [self.queue.job(self.id), self.queue.claims, self.queue.owners]
        let names = [RedisArgument(self.id), RedisArgument(self.owner)]
        return switch result.outcome {
        case .done:
            RedisScript.Call(
                JobScripts.finish, keys: keys, arguments: names)
        case .retry(let wait, let reason):
            RedisScript.Call(
                JobScripts.retry, keys: keys + [self.queue.scheduled],
                arguments: names + [
                    RedisArgument(max(0, wait.wholeMilliseconds)), RedisArgument(reason),
                    RedisArgument(result.mayHaveHappened ? 1 : 0), RedisArgument(86_400),
                ])
        case .discard(let reason):
            RedisScript.Call(
                JobScripts.discard, keys: keys + [self.queue.dead],
                arguments: names + [
                    RedisArgument(reason), RedisArgument(self.queue.prefix), RedisArgument(self.queue.replay),
                ])
        }
    }
}
