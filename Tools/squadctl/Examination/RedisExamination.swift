extension Examination {
    /// Why Redis takes no writes now, or takes them too slowly: everything else suffers from it.
    static func whatKeepsRedis(info: [String: String], roundTrip: Duration) -> [Finding] {
        var findings: [Finding] = []
        func fail(_ found: String, _ advice: String) {
            findings.append(Finding(subject: "Redis", verdict: .fail, found: found, advice: advice))
        }
        if info["role"] == "slave" {
            let master = "\(info["master_host"] ?? "?"):\(info["master_port"] ?? "?")"
            fail(
                "is a replica of \(master) (link \(info["master_link_status"] ?? "unknown")): nobody can write",
                "Give the suite the master's address, or make this one the master: redis-cli REPLICAOF NO ONE.")
        }
        if info["loading"] == "1" {
            fail("loads its data: nobody can work before it has ended", "Wait, and look at the log of Redis.")
        }
        let limit = info["maxmemory"].flatMap { Int($0) } ?? 0
        if limit > 0, let used = info["used_memory"].flatMap({ Int($0) }), used >= limit {
            fail(
                "is full: \(info["used_memory_human"] ?? "?") of \(info["maxmemory_human"] ?? "?"), nobody can write",
                "Raise maxmemory; squadctl status shows which stream grows.")
        }
        if info["aof_enabled"] == "1", let state = info["aof_last_write_status"], state != "ok" {
            fail(
                "cannot write its append-only file (\(state)): nobody can write",
                "Look at the disk of the Redis server: full, or not writable.")
        }
        if info["rdb_last_bgsave_status"] == "err", info["stop-writes-on-bgsave-error"] == "yes",
            info["save"]?.isEmpty == false
        {
            fail(
                "could not save and therefore takes no writes",
                "Look at the disk of the Redis server; with an append-only file, save \"\" is enough.")
        }
        if roundTrip >= .milliseconds(500) {
            fail(
                "answers after \(Self.milliseconds(roundTrip)): leases are lost at 2 s",
                "Look for slow commands (SLOWLOG GET), a busy processor or a slow disk.")
        }
        return findings
    }

    static func redis(info: [String: String], policy: String?, fsync: String?, roundTrip: Duration) -> [Finding] {
        let version = info["redis_version"] ?? "unknown"
        let major = Self.major(version) ?? 0
        var findings = [
            Finding(
                subject: "Redis", verdict: major >= 7 ? .ok : .fail, found: "version \(version)",
                advice: major >= 7 ? nil : "Version 7 or later is needed (sharded publications, functions of streams).")
        ]
        if roundTrip < .milliseconds(500) {
            let isQuick = roundTrip < .milliseconds(50)
            findings.append(
                Finding(
                    subject: "round trip", verdict: isQuick ? .ok : .warn, found: Self.milliseconds(roundTrip),
                    advice: isQuick ? nil : "Each message waits for several of them: put the suite beside its Redis."))
        }
        if info["aof_enabled"] == "1" {
            let isAlways = fsync == "always"
            findings.append(
                Finding(
                    subject: "append-only file", verdict: isAlways ? .ok : .warn,
                    found: "on, appendfsync \(fsync ?? "unknown")",
                    advice: isAlways
                        ? nil : "A power cut may cost the last second; appendfsync always does not lose it."))
        } else {
            findings.append(
                Finding(
                    subject: "append-only file", verdict: .warn, found: "off",
                    advice: "What was acknowledged would not survive a restart of Redis: appendonly yes."))
        }
        let limit = info["maxmemory"].flatMap { Double($0) } ?? 0
        let share = limit > 0 ? info["used_memory"].flatMap { Double($0) }.map { Int(100 * $0 / limit) } : nil
        let isNearlyFull = (share ?? 0) >= 90
        let isKept = policy == "noeviction"
        findings.append(
            Finding(
                subject: "memory", verdict: policy == nil || isKept && isNearlyFull ? .warn : isKept ? .ok : .fail,
                found: "\(info["used_memory_human"] ?? "?") \(share.map { "(\($0) % of maxmemory) " } ?? "")used, "
                    + "maxmemory-policy \(policy ?? "unknown")",
                advice: !isKept
                    ? "Redis must never drop keys by itself: maxmemory-policy noeviction."
                    : isNearlyFull ? "At 100 % nobody can write: raise maxmemory, or see which stream grows." : nil))
        return findings
    }

    /// `0.3 ms`, `612 ms`.
    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int(duration / .microseconds(100))
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) ms" : "\(tenths / 10) ms"
    }
}
