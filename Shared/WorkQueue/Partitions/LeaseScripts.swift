internal import Redis

// The scripts of ``PartitionLeases``: one type each, which gives names to what the script is given, in its order.

/// `acquire_lease.lua`: takes a partition that nobody holds, or whose holder is gone.
struct AcquireLease {
    private static let script = RedisScript(name: "acquire_lease", source: PackageResources.acquire_lease_lua)

    let state: String
    let token: String
    let lifetime: Duration
    /// Process and number of its connection.
    let holder: String
    /// The token whose holder is gone; empty for none.
    let gone: String

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [self.state],
            arguments: [
                RedisArgument(self.token), RedisArgument(self.lifetime.wholeMilliseconds),
                RedisArgument(self.holder), RedisArgument(self.gone),
            ])
    }
}

/// `renew_lease.lua`: keeps one's own.
struct RenewLease {
    private static let script = RedisScript(name: "renew_lease", source: PackageResources.renew_lease_lua)

    let state: String
    let token: String
    let lifetime: Duration
    /// Process and number of its connection.
    let holder: String

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [self.state],
            arguments: [
                RedisArgument(self.token), RedisArgument(self.lifetime.wholeMilliseconds), RedisArgument(self.holder),
            ])
    }
}

/// `release_lease.lua`: gives one's own back.
struct ReleaseLease {
    private static let script = RedisScript(name: "release_lease", source: PackageResources.release_lease_lua)

    let state: String
    let token: String

    var call: RedisScript.Call {
        RedisScript.Call(Self.script, keys: [self.state], arguments: [RedisArgument(self.token)])
    }
}

/// `look_at_lease.lua`: who holds a partition, and for how long still.
struct LookAtLease {
    private static let script = RedisScript(name: "look_at_lease", source: PackageResources.look_at_lease_lua)

    let state: String

    var call: RedisScript.Call { RedisScript.Call(Self.script, keys: [self.state], arguments: []) }
}

/// `count_processes.lua`: this one lives; how many do?
struct CountProcesses {
    private static let script = RedisScript(name: "count_processes", source: PackageResources.count_processes_lua)

    let processes: String
    let name: String
    /// One silent for so long counts as dead.
    let timeout: Duration

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [self.processes],
            arguments: [RedisArgument(self.name), RedisArgument(self.timeout.wholeMilliseconds)])
    }
}
