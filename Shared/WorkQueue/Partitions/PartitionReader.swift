public import Logging
public import Redis

/// Applies the entries of one leased partition: by cursor, in order, a batch in one pipeline.
///
/// There is no consumer group, because a frozen process that wakes would have taken an entry nobody else sees. Each
/// script expects the cursor its predecessor leaves: where one fails, all after it refuse, and reading goes on there.
public struct PartitionReader: Sendable {
    /// Most entries of one pipeline.
    public static let batchSize = 256
    /// How long a read waits; also how long an idle holder takes to notice that its lease ended.
    public static let readWait = Duration.milliseconds(250)

    private let lease: PartitionLease
    private let names: PartitionNames
    private let redis: RedisClient
    private let handler: any PartitionHandler
    private let logger: Logger

    public init(
        lease: PartitionLease, names: PartitionNames, redis: RedisClient, handler: any PartitionHandler, logger: Logger
    ) {
        self.lease = lease
        self.names = names
        self.redis = redis
        self.handler = handler
        self.logger = logger
    }

    /// Works until the lease ends.
    public func run() async {
        var failures = 0
        var reached = StreamID.zero
        while self.lease.isWanted {
            do {
                try await self.readOneConnection(after: &reached) { failures = 0 }
            } catch {
                failures += 1
                if failures == 1 || failures % 20 == 0 {
                    self.logger.warning(
                        "a partition waits", metadata: ["partition": "\(self.lease.partition)", "error": "\(error)"])
                }
            }
            if self.lease.isWanted { try? await Task.sleep(for: .milliseconds(min(50 * (failures + 1), 500))) }
        }
    }

    /// Opens the partition and reads it until the lease or the connection ends.
    ///
    /// - Parameter reached: The last entry that was applied under this lease.
    private func readOneConnection(after reached: inout StreamID, _ succeeded: () -> Void) async throws {
        let stream = self.names.entries(self.lease.partition)
        let scripts = try await self.redis.connection(for: stream, within: .seconds(1))
        // Of its own, because a blocking read keeps everything behind it waiting.
        let reading = try await self.redis.dedicated(for: stream)
        do {
            if reading.runID == scripts.runID {
                try await self.read(stream, on: reading, scripts, after: &reached, succeeded)
            }
            await reading.close()
        } catch {
            await reading.close()
            throw error
        }
    }

    private func read(
        _ stream: String, on reading: RedisConnection, _ scripts: RedisConnection, after reached: inout StreamID,
        _ succeeded: () -> Void
    ) async throws {
        let fence = PartitionFence(
            partition: self.lease.partition, token: self.lease.token, runID: scripts.runID)
        var cursor = try await self.handler.open(fence, reached: reached, scripts)
        reached = cursor
        var (stuckAt, answer, tries) = (StreamID.zero, "", 0)
        while self.lease.isWanted, scripts.isActive {
            let entries = try await reading.xread(
                stream, after: cursor, count: Self.batchSize, block: Self.readWait)
            guard self.lease.isWanted else { return }
            if entries.isEmpty { continue }
            let calls = await self.handler.calls(for: entries, after: cursor, fence)
            let results = try await scripts.evaluate(calls.map(\.call))
            let (done, refused) = Self.applied(calls, results)
            if done > 0 {
                cursor = entries[done - 1].id
                reached = cursor
                await self.handler.applied(done)
                succeeded()
            }
            guard let refused else { continue }
            switch Self.word(of: refused) {
            case "fenced":
                let reason = (try? refused.get())?.array?.last?.string ?? ""
                if reason == "token" { return self.lease.end() }
                return  // another life of the server, or a cursor that is not ours: open anew
            default:
                switch try await self.handler.settle(entries[done], refused, fence, scripts) {
                case .again:
                    // An entry may ask for many things, one after the other. What gives the same answer for ever (a right
                    // of ours at the server that was taken away) would be tried without end, as fast as we can.
                    let text = Self.text(of: refused)
                    tries = stuckAt == entries[done].id && answer == text ? tries + 1 : 1
                    (stuckAt, answer) = (entries[done].id, text)
                    if tries > 3 { try await Task.sleep(for: .milliseconds(min(50 * tries, 1_000))) }
                case .wait(let pause): try await Task.sleep(for: pause)
                case .reopen: return
                }
            }
        }
    }

    /// How many entries were applied, and what the call after them answered; nil when there was none, or nothing to do
    /// but read on.
    private static func applied(
        _ calls: [PartitionCall], _ results: [Result<RedisValue, RedisError>]
    ) -> (Int, Result<RedisValue, RedisError>?) {
        var count = 0
        for (call, result) in zip(calls, results) {
            switch self.word(of: result) {
            case "done": count += call.entries
            case "some": return (count + ((try? result.get())?.array?.last?.int ?? 0), nil)
            default: return (count, result)
            }
        }
        return (count, nil)
    }

    /// The first word of a script's answer.
    private static func word(of result: Result<RedisValue, RedisError>) -> String? {
        guard case .success(let value) = result else { return nil }
        return value.array?.first?.string
    }

    /// All of an answer, to tell it from another.
    private static func text(of result: Result<RedisValue, RedisError>) -> String {
        switch result {
        case .success(let value): (value.array ?? []).compactMap(\.string).joined(separator: " ")
        case .failure(let error): "\(error)"
        }
    }
}
