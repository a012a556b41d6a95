import FoundationEssentials
public import Redis
public import ServiceLifecycle
public import ServiceRuntime
import WireContract

/// Tells operators again and again that this process lives, and removes the line when it ends as it should.
///
/// Lines of processes that were killed are removed by those that live, a day later: until then an operator may want to
/// know of them.
public struct ProcessHeartbeat: Service {
    /// Milliseconds of silence after which a line is removed.
    static let forgottenAfter = 86_400_000
    private static let note = RedisScript(name: "note_process", source: PackageResources.note_process_lua)
    /// Old lines are looked for at the first beat, and then every ten minutes.
    private static let beatsBetweenSweeps = 300

    private let redis: RedisClient
    private let service: String
    private let instance: String
    private let healthPort: Int
    private let status: HealthStatus
    private let details: @Sendable () async -> [String: String]

    /// - Parameters:
    ///   - service: The executable's name.
    ///   - instance: Unique among the processes of that service.
    ///   - readiness: What must be well: what is not is told beside the details, under `problems`, so that an operator
    ///     hears the service's own reason without asking each process.
    ///   - details: What this service adds for operators.
    public init(
        redis: RedisClient, service: String, instance: String, healthPort: Int,
        readiness: [ReadinessCheck] = [],
        details: @escaping @Sendable () async -> [String: String] = { [:] }
    ) {
        self.redis = redis
        self.service = service
        self.instance = instance
        self.healthPort = healthPort
        // A beat must not wait long for a check that hangs: to be late is to be taken for dead.
        self.status = HealthStatus(
            checks: readiness.filter { $0.severity == .problem }, patience: .milliseconds(500))
        self.details = details
    }

    public func run() async throws {
        let field = RedisArgument("\(self.service):\(self.instance)")
        await cancelWhenGracefulShutdown {
            var beats = 0
            while !Task.isCancelled {
                // Never waits for a connection: a beat that comes late says nothing.
                if let connection = self.redis.current(for: RedisNames.services),
                    let json = try? JSONEncoder().encode(await self.record())
                {
                    do throws(RedisError) {
                        _ = try await connection.evaluate(
                            Self.note, keys: [RedisNames.services], arguments: [field, RedisArgument([UInt8](json))])
                        if beats % Self.beatsBetweenSweeps == 0 { try await self.sweep(connection) }
                        beats += 1
                    } catch {}  // the next beat is soon, and who cares for Redis says so
                }
                try? await Task.sleep(for: self.redis.current == nil ? .milliseconds(200) : Liveness.processBeat)
            }
        }
        _ = try? await self.redis.current(for: RedisNames.services)?
            .send(RedisCommand("HDEL", RedisArgument(RedisNames.services), field))
    }

    private func record() async -> ServiceRecord {
        var details = await self.details()
        let problems = await self.status.report().problems
        if !problems.isEmpty { details["problems"] = problems.joined(separator: "; ") }
        return ServiceRecord(
            service: self.service, instance: self.instance, pid: Int(ProcessInfo.processInfo.processIdentifier),
            host: ProcessInfo.processInfo.hostName, version: ServiceVersion.release,
            at: Int(WallClock.milliseconds()), healthPort: self.healthPort, details: details)
    }

    /// Removes the lines of processes that have been silent for a day.
    private func sweep(_ connection: RedisConnection) async throws(RedisError) {
        let oldest = Int(WallClock.milliseconds()) - Self.forgottenAfter
        var cursor: String? = "0"
        while let position = cursor {
            let page = try await connection.hscan(RedisNames.services, from: position)
            cursor = page.next
            let old = page.fields.filter { _, json in
                guard let json = json.string,
                    let record = try? JSONDecoder().decode(ServiceRecord.self, from: Data(json.utf8))
                else { return false }
                return record.at < oldest
            }
            guard !old.isEmpty else { continue }
            let words: [RedisArgument] = ["HDEL", RedisArgument(RedisNames.services)]
            _ = try await connection.send(RedisCommand(words + old.keys.map { RedisArgument($0) }))
        }
    }
}
