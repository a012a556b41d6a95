import Domain
import Redis
import TestSupport
import Testing
import WorkQueue

@testable import ChatService

/// The keepers alone: nobody applies what they add.
@Suite(.timeLimit(.minutes(2)))
struct KeeperTests {
    let server: RedisServer
    let redis: RedisClient
    let keys = ChatKeys(partition: 0)
    let lease = PartitionLease(partition: 0, token: "token")
    let directory: FakeDirectory
    private let client: Task<Void, any Error>

    init() async throws {
        self.server = try await RedisServer.start()
        let redis = RedisClient(try RedisConfiguration(url: self.server.url), logger: ChatProcess.quiet)
        self.redis = redis
        self.client = Task { try await redis.run() }
        self.directory = try FakeDirectory()
    }

    private func send(_ words: String...) async throws -> RedisValue {
        try await self.redis.send(RedisCommand(words.map { RedisArgument($0) }))
    }

    private func end(_ task: Task<Void, Never>) async {
        self.lease.end()
        task.cancel()
        await task.value
        self.client.cancel()
    }

    /// Rounds of a presence keeper so far: each asks for the time.
    private func rounds() async throws -> Int {
        let text = try await self.send("INFO", "commandstats").string ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_time:") }
        return line.flatMap { Int($0.drop { $0 != "=" }.dropFirst().prefix { $0 != "," }) } ?? 0
    }

    private func presence(bound: Int) -> PresenceKeeper {
        var keeper = PresenceKeeper(
            keys: self.keys, lease: self.lease, redis: self.redis, directory: self.directory.directory,
            logger: ChatProcess.quiet)
        keeper.interval = .milliseconds(10)
        keeper.timeout = .zero
        keeper.commandsBound = bound
        return keeper
    }

    private func addDeadGateway(sockets: Int) async throws {
        _ = try await self.send("HSET", self.keys.state, "token", "token", "run", "x", "cursor", "0-0")
        _ = try await self.send("SADD", self.keys.gateways, "dead")
        for number in 1...sockets {
            _ = try await self.send("SADD", self.keys.sockets(gateway: "dead"), "squad_alpha viper-1 s\(number)")
        }
    }

    @Test("the leaves of a dead gateway are added once, however long they wait, and again what is left after that")
    func leavesOnce() async throws {
        try await self.addDeadGateway(sockets: 5)
        let keeper = self.presence(bound: 1_000)
        let task = Task { await keeper.run() }
        await eventually { try await self.redis.xlen(self.keys.commands) == 5 }
        let before = try await self.rounds()
        await eventually { try await self.rounds() > before + 5 }
        #expect(try await self.redis.xlen(self.keys.commands) == 5)
        // They were applied, all but one socket.
        let last = try #require(try await self.redis.xrevrange(self.keys.commands, count: 1).first?.id)
        _ = try await self.send("DEL", self.keys.sockets(gateway: "dead"))
        _ = try await self.send("SADD", self.keys.sockets(gateway: "dead"), "squad_alpha viper-1 s5")
        _ = try await self.send("HSET", self.keys.state, "cursor", "\(last)")
        await eventually { try await self.redis.xlen(self.keys.commands) == 6 }
        await self.end(task)
    }

    @Test("clean-up after a dead gateway does not wait for a cursor that what only asks does not move")
    func lastIsQuestion() async throws {
        try await self.addDeadGateway(sockets: 3)
        let question = try await self.redis.xadd(
            self.keys.commands, fields: [("kind", "fetch_history"), ("id", "q"), ("room", "squad_alpha")])
        // There is no place for the leaves, and what stands at the end is the question.
        let keeper = self.presence(bound: 1)
        let task = Task { await keeper.run() }
        let before = try await self.rounds()
        await eventually { try await self.rounds() > before + 5 }
        _ = try await self.send("XDEL", self.keys.commands, "\(question)")
        await eventually { try await self.redis.xlen(self.keys.commands) == 1 }
        await self.end(task)
    }

    @Test("the leaves of a dead gateway keep to the bound of the command stream")
    func leavesWithinBound() async throws {
        try await self.addDeadGateway(sockets: 20)
        let keeper = self.presence(bound: 7)
        let task = Task { await keeper.run() }
        await eventually { try await self.redis.xlen(self.keys.commands) == 7 }
        let before = try await self.rounds()
        await eventually { try await self.rounds() > before + 5 }
        #expect(try await self.redis.xlen(self.keys.commands) == 7)
        await self.end(task)
    }

    /// A member as the room knows it.
    private func addMember(_ id: String) async throws {
        let user = try #require(self.directory.directory.user(try UserID(id)))
        let json = #"{"seq":1,"# + String(decoding: RoomJSON.member(user), as: UTF8.self)
        _ = try await self.send("SADD", self.keys.rooms, "squad_alpha")
        _ = try await self.send("HSET", self.keys.room("squad_alpha").members, id, json)
        _ = try await self.send("SADD", self.keys.joined(user: id), "squad_alpha")
    }

    private func commands() async throws -> [String] {
        try await self.redis.xrange(self.keys.commands).map {
            "\($0.string("kind") ?? "") \($0.string("data") ?? "")"
        }
    }

    @Test(
        "who has the rights that the entry says is left alone, in an entry of before rights were kept too; others are changed",
        arguments: [
            (nil, "sergeant", false), (RoomPolicy.permissions(of: .sergeant).rawValue, "sergeant", false),
            (RoomPolicy.permissions(of: .observer).rawValue, "sergeant", true), (nil, "observer", true),
        ] as [(Int?, String, Bool)])
    func comparesRights(bits: Int?, role: String, isChanged: Bool) async throws {
        for id in ["viper-1", "nomad-7"] { try await self.addMember(id) }
        let profile = #""user_id":"viper-1","username":"viper-1","callsign":"Viper-1","rank":"","role":"\#(role)"}"#
        let known = String(
            decoding: RoomJSON.member(try #require(self.directory.directory.user(UserID("viper-1")))), as: UTF8.self)
        let entry =
            #"{"seq":3,"# + (bits.map { "\"rights\":\($0)," } ?? "") + (role == "sergeant" ? known : profile)
        _ = try await self.send("HSET", self.keys.room("squad_alpha").members, "viper-1", entry)
        // Somebody else's change tells that all were compared.
        try self.directory.put("nomad-7", .observer, squad: "alpha", version: 2)
        let keeper = MembershipKeeper(
            keys: self.keys, lease: self.lease, redis: self.redis, rooms: RoomRecords(self.keys),
            directory: self.directory.directory, changes: self.directory.changes, logger: ChatProcess.quiet)
        let task = Task { await keeper.run() }
        await eventually { try await self.commands().contains(#"change_rights {"user_id":"nomad-7"}"#) }
        let change = #"change_rights {"user_id":"viper-1"}"#
        if isChanged {
            await eventually { try await self.commands().contains(change) }
        } else {
            try self.directory.put("nomad-7", .corporal, squad: "alpha", version: 3)
            await eventually { try await self.commands().count >= 2 }
            #expect(try await !self.commands().contains(change))
        }
        await self.end(task)
    }

    @Test("a lost right is not forgotten when Redis fails at that moment")
    func failingMoment() async throws {
        for id in ["viper-1", "ghost-2"] { try await self.addMember(id) }
        let keeper = MembershipKeeper(
            keys: self.keys, lease: self.lease, redis: self.redis, rooms: RoomRecords(self.keys),
            directory: self.directory.directory, changes: self.directory.changes, logger: ChatProcess.quiet)
        let task = Task { await keeper.run() }
        // The first comparison of everything adds one command at most: with two, single changes are being taken.
        await eventually {
            try self.directory.put("ghost-2", .observer, squad: "alpha", version: 2)
            return try await self.commands().count >= 2
        }
        _ = try await self.send("DEL", self.keys.joined(user: "viper-1"))
        _ = try await self.send("SET", self.keys.joined(user: "viper-1"), "not a set")
        try self.directory.put("viper-1", .sergeant, squad: "bravo", version: 2)
        await eventually { try await self.commands().contains(#"remove_member {"user_id":"viper-1"}"#) }
        await self.end(task)
    }

    @Test("changes of the directory wait when the command stream is at its bound")
    func membersWithinBound() async throws {
        for id in ["viper-1", "ghost-2", "nomad-7"] {
            try await self.addMember(id)
            try self.directory.put(id, .observer, squad: "alpha", version: 2)
        }
        var keeper = MembershipKeeper(
            keys: self.keys, lease: self.lease, redis: self.redis, rooms: RoomRecords(self.keys),
            directory: self.directory.directory, changes: self.directory.changes, logger: ChatProcess.quiet)
        keeper.commandsBound = 2
        let task = Task { [keeper] in await keeper.run() }
        await eventually { try await self.redis.xlen(self.keys.commands) == 2 }
        // These two are applied: the one that was refused comes, because everything is compared until it succeeds.
        let added = try await self.commands()
        for id in ["viper-1", "ghost-2", "nomad-7"] where added.contains(where: { $0.contains(id) }) {
            _ = try await self.send("HDEL", self.keys.room("squad_alpha").members, id)
        }
        _ = try await self.send("DEL", self.keys.commands)
        await eventually { try await self.redis.xlen(self.keys.commands) == 1 }
        #expect(Set(added + (try await self.commands())).count == 3)
        await self.end(task)
    }
}
