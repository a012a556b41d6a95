import Domain
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct PresenceTests {
    let server: RedisServer
    let directory: FakeDirectory
    let chat: ChatProcess
    let gateway: TestGateway

    init() async throws {
        self.server = try await RedisServer.start()
        self.directory = try FakeDirectory()
        var limits = ChatLimits(partitions: 1)
        limits.graceMilliseconds = 300
        self.chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: self.directory, limits: limits)
        self.gateway = try await TestGateway(self.server.url, rooms: ["squad_alpha"])
    }

    private func presence(_ event: String) -> [String] {
        self.gateway.events.filter { $0.event == event }.compactMap(\.user)
    }

    @Test("user_joined comes at the first socket only, user_left once, after the last and the grace")
    func sockets() async throws {
        _ = try await self.gateway.join("viper-1", socket: "s1")
        _ = try await self.gateway.join("viper-1", socket: "s2")
        _ = try await self.gateway.ask(.leave, "squad_alpha", user: "viper-1", socket: "s1")
        _ = try await self.gateway.ask(.leave, "squad_alpha", user: "viper-1", socket: "s2")
        // Back within the grace: nobody notices.
        _ = try await self.gateway.join("viper-1", socket: "s3")
        _ = try await self.gateway.join("ghost-2", socket: "s4")
        _ = try await self.gateway.ask(.leave, "squad_alpha", user: "ghost-2", socket: "s4")
        await eventually { self.presence("user_left") == ["ghost-2"] }
        #expect(self.presence("user_joined") == ["viper-1", "ghost-2"])
        let left = try #require(self.gateway.events.last { $0.event == "user_left" })
        #expect(left.sequence == nil && left.value?["user_id"]?.string == "ghost-2")
        let members = try await self.gateway.join("nomad-7").json?["members"]?.elements()
        let online = members?.filter { $0["online"]?.boolean == true }.compactMap { $0["user_id"]?.string }
        #expect(online == ["nomad-7", "viper-1"])
        _ = try await self.gateway.ask(.leave, "squad_alpha", user: "viper-1", socket: "s3")
        await eventually { self.presence("user_left") == ["ghost-2", "viper-1"] }
        await self.chat.stop()
    }

    @Test("the sockets of a gateway whose heartbeat is too old do not count; those of a live one do")
    func deadGateway() async throws {
        let time = try await self.gateway.redis.send(RedisCommand("TIME")).array?.first?.int ?? 0
        _ = try await self.gateway.redis.send(
            RedisCommand("ZADD", RedisArgument(RedisNames.gateways), RedisArgument(time * 1_000 - 20_000), "dead"))
        _ = try await self.gateway.redis.send(
            RedisCommand("ZADD", RedisArgument(RedisNames.gateways), RedisArgument(time * 1_000 + 60_000), "gw1"))
        let dead = try await TestGateway(self.server.url, name: "dead")
        _ = try await dead.join("viper-1")
        _ = try await dead.join("ghost-2")
        _ = try await self.gateway.join("ghost-2")
        await eventually { self.presence("user_left") == ["viper-1"] }
        let members = try await self.gateway.join("nomad-7").json?["members"]?.elements()
        let online = members?.filter { $0["online"]?.boolean == true }.compactMap { $0["user_id"]?.string }
        #expect(online == ["ghost-2", "nomad-7"])
        await eventually {
            try await self.gateway.redis.send(RedisCommand("SISMEMBER", "sc:{p0}:gateways", "dead")).int == 0
        }
        await self.chat.stop()
    }

    @Test("another role is an event with the new rights; another squad takes the room away, in line with the messages")
    func directoryChanges() async throws {
        _ = try await self.gateway.join("viper-1")
        _ = try await self.gateway.join("ghost-2")
        // The holder compares everything once; only then a single change is a single event.
        _ = try await self.gateway.say("before")
        try self.directory.put("viper-1", .observer, squad: "alpha", version: 2)
        await eventually { self.gateway.events.contains { $0.event == "member_updated" } }
        let updated = try #require(self.gateway.events.last { $0.event == "member_updated" })
        let rights = RoomPolicy.permissions(of: .observer)
        #expect(updated.flag == .rights(rights.rawValue) && updated.user == "viper-1")
        #expect(updated.value?["role"]?.string == "observer")
        #expect(try await self.gateway.say("still?").code == "forbidden")
        try self.directory.put("viper-1", .sergeant, squad: "bravo", version: 3)
        await eventually { self.gateway.events.contains { $0.event == "member_removed" } }
        let removed = try #require(self.gateway.events.last { $0.event == "member_removed" })
        #expect(removed.flag == .drop && removed.user == "viper-1")
        #expect(removed.sequence == (updated.sequence ?? 0) + 1)
        let members = try await self.gateway.join("nomad-7").json?["members"]?.elements()
        #expect(members?.compactMap { $0["user_id"]?.string } == ["ghost-2", "nomad-7"])
        await eventually {
            try await self.chat.archive.rooms(of: 0).first?.members.map(\.user) == ["ghost-2", "nomad-7"]
        }
        await self.chat.stop()
    }

    @Test("what changed in the directory while nobody held the partition is noticed at the next start")
    func changedMeanwhile() async throws {
        _ = try await self.gateway.join("viper-1")
        await self.chat.stop()
        try self.directory.put("viper-1", .sergeant, squad: "bravo", version: 3)
        let next = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: self.directory,
            limits: ChatLimits(partitions: 1))
        await eventually { self.gateway.events.contains { $0.event == "member_removed" && $0.user == "viper-1" } }
        await next.stop()
    }

    @Test("a recruit reads what happened since joining and one page before that, no further")
    func recruitHistory() async throws {
        _ = try await self.gateway.join("viper-1")
        for number in 1...80 { _ = try await self.gateway.say("m\(number)") }
        let data = #"{"limit":100}"#
        #expect(
            try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "nomad-7", data).code == "not_joined")
        let joined = try await self.gateway.join("nomad-7")
        let page = try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "nomad-7", data)
        let messages = try #require(try page.json?["messages"]?.elements())
        #expect(messages.count == 50 && messages.first?["seq"]?.integer == (joined.sequence ?? 0) - 50)
        #expect(page.json?["has_more"]?.boolean == false)
        let all = try await self.gateway.ask(.fetchHistory, "squad_alpha", user: "viper-1", data)
        #expect(try all.json?["messages"]?.elements().count == 81)
        await self.chat.stop()
    }

    @Test("a resume shows a recruit no more than history does")
    func recruitResume() async throws {
        let epoch = try #require(try await self.gateway.join("viper-1").epoch)
        for number in 1...80 { _ = try await self.gateway.say("m\(number)") }
        let joined = try #require(try await self.gateway.join("nomad-7").sequence)
        func resume(_ user: String, from sequence: Int) async throws -> ChatReply {
            try await self.gateway.ask(
                .resume, "squad_alpha", user: user, #"{"seq":\#(sequence),"epoch":"\#(epoch)"}"#, socket: "s2")
        }
        for sequence in [0, 3, joined - 51] {
            let refused = try await resume("nomad-7", from: sequence)
            #expect(refused.json?["recovered"]?.boolean == false)
            #expect(refused.pushes.map(\.event) == ["room_history"] && refused.pushes.first?.contents.count == 50)
        }
        let allowed = try await resume("nomad-7", from: joined - 50)
        #expect(allowed.json?["recovered"]?.boolean == true && allowed.pushes.count == 50)
        let sergeant = try await resume("viper-1", from: 3)
        #expect(sergeant.json?["recovered"]?.boolean == true && sergeant.pushes.count == joined - 3)
        await self.chat.stop()
    }
}
