import Redis
import TestSupport
import Testing

/// The errors that pass by themselves, from servers that are really in that state.
struct ServerErrorTests {
    private func errorOfWrite(_ server: RedisServer) async throws -> RedisServerError? {
        let connection = try await server.connect()
        return await failure(of: RedisCommand("SET", "a", 1), on: connection)?.serverError
    }

    @Test("a full server says OOM, which is retryable")
    func outOfMemory() async throws {
        let error = try await self.errorOfWrite(RedisServer.start(arguments: ["--maxmemory", "1"]))
        #expect(error?.kind == .outOfMemory)
        #expect(error?.isRetryable == true)
    }

    @Test("a replica says READONLY, which is retryable")
    func readOnly() async throws {
        let port = try freePort()
        let replica = try await RedisServer.start(arguments: [
            "--replicaof", "127.0.0.1 \(port)", "--replica-serve-stale-data", "yes",
        ])
        let error = try await self.errorOfWrite(replica)
        #expect(error?.kind == .readOnly)
        #expect(error?.isRetryable == true)
    }

    @Test("a master without its replicas says NOREPLICAS, which is retryable")
    func noReplicas() async throws {
        let error = try await self.errorOfWrite(RedisServer.start(arguments: ["--min-replicas-to-write", "1"]))
        #expect(error?.kind == .noReplicas)
        #expect(error?.isRetryable == true)
    }

    @Test("a server that cannot save says MISCONF, which is retryable")
    func misconfigured() async throws {
        let server = try await RedisServer.start(arguments: ["--save", "3600 1"])
        // A snapshot is renamed onto its name: a directory of that name makes it fail.
        try server.command("CONFIG", "SET", "rdbcompression", "no")
        let blocker = try ChildProcess(["mkdir", "-p", server.directory + "/dump.rdb/x"])
        #expect(await blocker.exit(within: .seconds(10)) == 0)
        try server.command("BGSAVE")
        await eventually { try server.command("INFO", "persistence").contains("rdb_last_bgsave_status:err") }
        let error = try await self.errorOfWrite(server)
        #expect(error?.kind == .misconfigured)
        #expect(error?.isRetryable == true)
    }

    @Test("a server that loads its data refuses connections with LOADING; the client waits for it")
    func loading() async throws {
        let server = try await RedisServer.start(
            arguments: ["--key-load-delay", "3000", "--loading-process-events-interval-bytes", "1024"])
        try server.command("EVAL", "for i = 1, 500 do redis.call('SET', i, string.rep('x', 200)) end", "0")
        try server.command("SAVE")
        server.kill()
        async let launched: Void = server.launch()
        var seen: RedisServerError?
        await eventually {
            seen = await failure { () throws(RedisError) in
                try await RedisConnection.connect(
                    try RedisConfiguration(url: server.url), on: loop, logger: logger)
            }?.serverError
            return seen != nil
        }
        #expect(seen?.kind == .loading)
        #expect(seen?.isRetryable == true)

        let client = RedisClient(try server.configuration(), logger: logger)
        try await running(client) {
            let size = try await client.send(RedisCommand("DBSIZE").timeout(.seconds(30)))
            #expect(size == .integer(500))
        }
        try await launched
    }

    @Test(
        "every word has its kind",
        arguments: [
            ("NOSCRIPT x", RedisServerError.Kind.noScript, false), ("NOGROUP x", .noGroup, false),
            ("BUSYGROUP x", .busyGroup, false), ("BUSY full", .busy, true), ("MOVED 1 h:1", .moved, false),
            ("ASK 1 h:1", .ask, false), ("NOPERM x", .authentication, false), ("CROSSSLOT x", .crossSlot, false),
            ("UNBLOCKED x", .unblocked, false), ("CLUSTERDOWN x", .other, true), ("ERR x y", .other, false),
            ("STALE", .other, false),
        ])
    func kinds(text: String, kind: RedisServerError.Kind, isRetryable: Bool) {
        let error = RedisServerError(text)
        #expect(error.kind == kind)
        #expect(error.isRetryable == isRetryable)
        #expect("\(error)" == text)
    }
}
