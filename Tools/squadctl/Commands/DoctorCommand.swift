import ArgumentParser
import Redis
import WireContract

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examines Redis and the suite, and says what to do about what is wrong.",
        discussion: """
            ok is well, warn works but may cost something, FAIL does not work. Exit code 1 with a FAIL.

              squadctl doctor
              squadctl doctor --json
            """)

    @OptionGroup var session: SessionOptions

    func run() async throws {
        let findings = try await self.session.withRedis { redis in try await Examination.findings(redis) }
        if self.session.json {
            try Output.json(findings)
        } else {
            for finding in findings {
                let word = finding.verdict == .fail ? "FAIL" : finding.verdict.rawValue
                Output.line(
                    "\(word)\(String(repeating: " ", count: 6 - word.count))\(finding.subject): \(finding.found)")
                if let advice = finding.advice { Output.line("      → \(advice)") }
            }
        }
        if findings.contains(where: { $0.verdict == .fail }) { throw ExitCode(1) }
    }
}

/// What the doctor looks at. ``judge(info:policy:fsync:status:archive:)`` decides alone, without Redis.
enum Examination {
    enum Verdict: String, Encodable, Sendable { case ok, warn, fail }

    struct Finding: Encodable, Equatable, Sendable {
        let subject: String
        let verdict: Verdict
        let found: String
        var advice: String?
    }

    static func findings(_ redis: RedisClient) async throws(RedisError) -> [Finding] {
        var info: [String: String] = [:]
        for section in ["server", "persistence", "memory"] {
            let text = try await redis.send(RedisCommand("INFO", RedisArgument(section))).string ?? ""
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { info[String(parts[0])] = String(parts[1]) }
            }
        }
        return Self.judge(
            info: info, policy: try await Self.setting("maxmemory-policy", redis),
            fsync: try await Self.setting("appendfsync", redis), status: try await SuiteStatus.read(redis),
            archive: try await redis.send(RedisCommand("GET", RedisArgument(RedisNames.archive))).string)
    }

    /// - Returns: Nil where CONFIG is not allowed, as with hosted servers.
    private static func setting(_ name: String, _ redis: RedisClient) async throws(RedisError) -> String? {
        do throws(RedisError) {
            return try await redis.send(RedisCommand("CONFIG", "GET", RedisArgument(name))).map()[name]?.string
        } catch {
            guard error.serverError != nil else { throw error }
            return nil
        }
    }

    /// - Parameters:
    ///   - info: Fields of INFO: server, persistence, memory.
    ///   - policy: `maxmemory-policy`; nil when the server does not tell.
    ///   - fsync: `appendfsync`; nil when the server does not tell.
    ///   - archive: The archive this Redis names; nil when none.
    static func judge(
        info: [String: String], policy: String?, fsync: String?, status: SuiteStatus, archive: String?
    ) -> [Finding] {
        Self.redis(info: info, policy: policy, fsync: fsync) + Self.suite(status, archive: archive)
    }

    private static func redis(info: [String: String], policy: String?, fsync: String?) -> [Finding] {
        let version = info["redis_version"] ?? "unknown"
        let major = version.split(separator: ".").first.flatMap { Int($0) } ?? 0
        var findings = [
            Finding(
                subject: "Redis", verdict: major >= 7 ? .ok : .fail, found: "version \(version)",
                advice: major >= 7 ? nil : "Version 7 or later is needed (sharded publications, functions of streams).")
        ]
        if info["aof_enabled"] == "1" {
            let isAlways = fsync == "always"
            findings.append(
                Finding(
                    subject: "append-only file", verdict: isAlways ? .ok : .warn,
                    found: "on, appendfsync \(fsync ?? "unknown")",
                    advice: isAlways
                        ? nil : "A power cut may cost the last second; appendfsync always does not lose it."))
            if let state = info["aof_last_write_status"], state != "ok" {
                findings.append(
                    Finding(
                        subject: "append-only file", verdict: .fail, found: "last write: \(state)",
                        advice: "Look at the disk of the Redis server: full, or not writable."))
            }
        } else {
            findings.append(
                Finding(
                    subject: "append-only file", verdict: .warn, found: "off",
                    advice: "What was acknowledged would not survive a restart of Redis: appendonly yes."))
        }
        let isKept = policy == "noeviction"
        findings.append(
            Finding(
                subject: "memory", verdict: policy == nil ? .warn : isKept ? .ok : .fail,
                found: "\(info["used_memory_human"] ?? "?") used, maxmemory-policy \(policy ?? "unknown")",
                advice: isKept ? nil : "Redis must never drop keys by itself: maxmemory-policy noeviction."))
        return findings
    }

    private static func suite(_ status: SuiteStatus, archive: String?) -> [Finding] {
        var findings: [Finding] = []
        for service in SuiteStatus.services {
            let alive = status.processes.filter { $0.record.service == service && $0.isAlive }
            findings.append(
                Finding(
                    subject: service, verdict: alive.isEmpty ? .fail : .ok,
                    found: alive.isEmpty ? "no process" : "\(alive.count) alive",
                    advice: alive.isEmpty ? "Start it, or look at its log." : nil))
        }
        let versions = Set(status.processes.filter(\.isAlive).map(\.record.version))
        if versions.count > 1 {
            findings.append(
                Finding(
                    subject: "versions", verdict: .warn, found: versions.sorted().joined(separator: ", "),
                    advice: "Fine while an update rolls; otherwise restart the older ones."))
        }
        let orphans = status.partitions.filter { !$0.isHeld }.map { "p\($0.partition)" }
        findings.append(
            Finding(
                subject: "partitions", verdict: orphans.isEmpty ? .ok : .fail,
                found: orphans.isEmpty
                    ? "all \(status.partitions.count) held" : "held by nobody: \(orphans.joined(separator: " "))",
                advice: orphans.isEmpty ? nil : "Rooms there take no messages. A chat process must run."))
        let waiting = status.partitions.map(\.commands).reduce(0, +)
        findings.append(
            Finding(
                subject: "commands", verdict: waiting < 1_000 ? .ok : .warn, found: "\(waiting) waiting",
                advice: waiting < 1_000 ? nil : "chat is slower than its gateways; look at its log."))
        let ungrouped = status.partitions.filter { $0.outbox > 0 && $0.notifierLag == nil }.map { "p\($0.partition)" }
        findings.append(
            Finding(
                subject: "notifier's groups", verdict: ungrouped.isEmpty ? .ok : .warn,
                found: ungrouped.isEmpty ? "in place" : "missing at \(ungrouped.joined(separator: " "))",
                advice: ungrouped.isEmpty ? nil : "The notifier makes them when it starts."))
        for feed in status.feeds {
            let tooMany = (feed.waiting ?? 0) >= 200
            findings.append(
                Finding(
                    subject: "stream \(feed.stream)",
                    verdict: feed.waiting == nil || tooMany ? .warn : .ok,
                    found: feed.waiting.map { "\($0) waiting of \(feed.length)" } ?? "our group is missing",
                    advice: feed.waiting == nil
                        ? "integration makes it when it starts."
                        : tooMany ? "The engine keeps about 1000: integration must catch up or lose signals." : nil))
        }
        findings.append(
            Finding(
                subject: "directory", verdict: status.users > 0 ? .ok : .warn,
                found: "\(status.users) users in \(status.squads) squads",
                advice: status.users > 0 ? nil : "squadctl users import FILE, or the stream sc:users."))
        findings.append(
            Finding(
                subject: "archive", verdict: archive == nil ? .warn : .ok, found: archive ?? "none named yet",
                advice: archive == nil ? "chat names it when it starts first." : nil))
        let letters = status.deadLetters.values.reduce(0, +)
        findings.append(
            Finding(
                subject: "dead letters", verdict: letters == 0 ? .ok : .warn, found: "\(letters)",
                advice: letters == 0 ? nil : "squadctl dlq ls shows them with the reason."))
        return findings
    }
}
