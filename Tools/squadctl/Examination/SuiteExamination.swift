import WireContract

extension Examination {
    /// - Parameter isExplained: Redis takes no writes: that nobody gives signs of life or holds a partition follows from it.
    static func suite(_ status: SuiteStatus, archive: String?, isExplained: Bool) -> [Finding] {
        let isUntold = isExplained || status.damaged.contains { $0.key == RedisNames.services }
        var findings = SuiteStatus.services.map { Self.service($0, status, isExplained: isUntold) }
        for process in status.processes where process.isAlive {
            guard let problems = process.record.details["problems"] else { continue }
            findings.append(
                Finding(
                    subject: "\(process.record.service) \(process.record.instance)", verdict: .fail, found: problems,
                    advice: isExplained
                        ? Self.explained
                        : "It is not ready for this reason: /readyz at port \(process.record.healthPort)."))
        }
        let versions = Set(status.processes.filter(\.isAlive).map(\.record.version))
        if versions.count > 1 {
            findings.append(
                Finding(
                    subject: "versions", verdict: .warn, found: versions.sorted().joined(separator: ", "),
                    advice: "Fine while an update rolls; otherwise restart the older ones."))
        }
        let orphans = status.partitions.filter { $0.isHeld == false }.map { "p\($0.partition)" }
        let heldCount = status.partitions.count { $0.isHeld == true }
        let held = heldCount == status.partitions.count ? "all \(heldCount) held" : "\(heldCount) held"
        findings.append(
            Finding(
                subject: "partitions", verdict: orphans.isEmpty ? .ok : .fail,
                found: orphans.isEmpty ? held : "held by nobody: \(orphans.joined(separator: " "))",
                advice: orphans.isEmpty
                    ? nil : isExplained ? Self.explained : "Rooms there take no messages. A chat process must run."))
        let waiting = status.partitions.compactMap(\.commands).reduce(0, +)
        findings.append(
            Finding(
                subject: "commands", verdict: waiting < 1_000 ? .ok : .warn, found: "\(waiting) waiting",
                advice: waiting < 1_000 ? nil : "chat is slower than its gateways; look at its log."))
        let ungrouped = status.partitions.filter { ($0.outbox ?? 0) > 0 && $0.notifierLag == nil }.map {
            "p\($0.partition)"
        }
        findings.append(
            Finding(
                subject: "notifier's groups", verdict: ungrouped.isEmpty ? .ok : .warn,
                found: ungrouped.isEmpty ? "in place" : "missing at \(ungrouped.joined(separator: " "))",
                advice: ungrouped.isEmpty ? nil : "The notifier makes them when it starts."))
        for feed in status.feeds where feed.length != nil {
            let tooMany = (feed.waiting ?? 0) >= 200
            findings.append(
                Finding(
                    subject: "stream \(feed.stream)",
                    verdict: feed.waiting == nil || tooMany ? .warn : .ok,
                    found: feed.waiting.map { "\($0) waiting of \(feed.length ?? 0)" } ?? "our group is missing",
                    advice: feed.waiting == nil
                        ? "integration makes it when it starts."
                        : tooMany ? "The engine keeps about 1000: integration must catch up or lose signals." : nil))
        }
        if let users = status.users, let squads = status.squads {
            findings.append(
                Finding(
                    subject: "directory", verdict: users > 0 ? .ok : .warn,
                    found: "\(users) users in \(squads) squads",
                    advice: users > 0 ? nil : "squadctl users import FILE, or the stream sc:users."))
        }
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

    private static let explained = "Follows from what stands above."

    private static func service(_ service: String, _ status: SuiteStatus, isExplained: Bool) -> Finding {
        let processes = status.processes.filter { $0.record.service == service }
        let alive = processes.filter(\.isAlive)
        guard alive.isEmpty else {
            return Finding(subject: service, verdict: .ok, found: "\(alive.count) alive")
        }
        guard let last = processes.min(by: { $0.silentFor < $1.silentFor }) else {
            return Finding(
                subject: service, verdict: .fail, found: "no process",
                advice: isExplained ? Self.explained : "Start it, or look at its log.")
        }
        return Finding(
            subject: service, verdict: .fail,
            found: "silent for \(Output.age(milliseconds: last.silentFor))",
            advice: isExplained
                ? Self.explained
                : "Frozen, killed or cut off from Redis: look at process \(last.record.pid) on \(last.record.host); "
                    + "start it if it is gone.")
    }
}
