import TestSupport
import Testing

@testable import ChatService

@Suite(.timeLimit(.minutes(2)))
struct LargeRoomTests {
    @Test("a join of a room with 10 000 members shows 500, who is there first, and reads no more than it shows")
    func tenThousand() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let room = bench.keys.room("squad_alpha")
        let fill = """
            for number = 1, 10000 do
                local user = 'user-' .. number
                redis.call('HSET', KEYS[1], user, '{"seq":' .. number .. ',"user_id":"' .. user .. '"}')
                if number <= tonumber(ARGV[1]) then redis.call('HSET', KEYS[2], user, 'gw/' .. number) end
            end
            redis.call('HINCRBY', KEYS[3], 'roster', 1)  -- as every act that brings somebody
            """
        let gateway = try await TestGateway(server.url, name: "gw")
        for present in [20, 10_000] {
            try await bench.send("EVAL", fill, "3", room.members, room.online, room.room, "\(present)")
            try await bench.send("CONFIG", "RESETSTAT")
            let asked = gateway.replies.count
            let answers = try await bench.applyFully(.joinSquadRoom, "{}", user: "nomad-7", id: "join-\(present)")
            #expect(answers.map(\.first) == ["done"])
            await eventually { gateway.replies.count > asked }
            let members = try #require(try gateway.replies.last?.json?["members"]?.elements())
            let users = members.compactMap { $0["user_id"]?.string }
            let states = members.compactMap { $0["online"]?.boolean }
            // All are counted, however many are listed.
            let answer = gateway.replies.last?.json
            #expect(answer?["member_count"]?.integer == 10_002)
            #expect(answer?["online_count"]?.integer == present + 2)
            #expect(users.count == 500 && Set(users).count == 500 && users.contains("nomad-7"))
            // Those of the room before it grew: viper-1, and nomad-7 who joins.
            let expected = min(present + 2, 500)
            #expect(states == Array(repeating: true, count: expected) + Array(repeating: false, count: 500 - expected))
            let statistics = try await bench.send("INFO", "commandstats").string ?? ""
            #expect(statistics.contains("cmdstat_hrandfield"))
            try await bench.applyFully(.resume, #"{"seq":4,"epoch":"x"}"#, user: "nomad-7", id: "resume-\(present)")
            await eventually { gateway.replies.count > asked + 1 }
            #expect(gateway.replies.last?.json?["member_count"]?.integer == 10_002)
            #expect(gateway.replies.last?.json?["online_count"]?.integer == present + 2)
            #expect(!statistics.contains("cmdstat_hgetall") && !statistics.contains("cmdstat_hvals"))
        }
        server.stop()
    }

    /// How often each command ran, in scripts too.
    private func commands(_ bench: ScriptBench, of act: () async throws -> Void) async throws -> [String: Int] {
        try await bench.send("CONFIG", "RESETSTAT")
        try await act()
        var counts: [String: Int] = [:]
        for line in (try await bench.send("INFO", "commandstats").string ?? "").split(separator: "\r\n") {
            guard let name = line.split(separator: ":").first, name.hasPrefix("cmdstat_"),
                let calls = line.split(separator: ",").first?.split(separator: "=").last.flatMap({ Int($0) })
            else { continue }
            counts[String(name.dropFirst("cmdstat_".count))] = calls
        }
        return counts
    }

    @Test("a join costs Redis the same few commands in a room of 10 000 as in a small one, and reads no member's entry")
    func cost() async throws {
        let server = try await RedisServer.start()
        let bench = try await ScriptBench(server.url, folder: server.directory)
        try await EveryCommand.prepare(bench)
        let room = bench.keys.room("squad_alpha")
        func joins(_ id: String) async throws -> [String: Int] {
            // The first reads the list, which the holder keeps from there on.
            try await bench.apply(.joinSquadRoom, "{}", user: "nomad-7", id: "\(id)-1")
            return try await self.commands(bench) {
                for user in ["ghost-2", "owl-3"] {
                    try await bench.apply(.joinSquadRoom, "{}", user: user, id: "\(id)-\(user)")
                }
            }
        }
        _ = try await joins("members")
        let small = try await joins("small")
        let fill = """
            for number = 1, 10000 do
                redis.call('HSET', KEYS[1], 'user-' .. number, '{"seq":1,"user_id":"user-' .. number .. '"}')
                if number <= 2000 then redis.call('HSET', KEYS[2], 'user-' .. number, 'gw/' .. number) end
            end
            redis.call('HINCRBY', KEYS[3], 'roster', 1)
            """
        try await bench.send("EVAL", fill, "3", room.members, room.online, room.room)
        let large = try await joins("large")
        #expect(large == small)
        #expect(large["hrandfield"] == nil && large["hgetall"] == nil)
        // Apart from the scripts' look at the state: the page's bodies, and the room itself.
        #expect(large["evalsha"] == 4 && large["exec"] == 2 && large["zrevrangebyscore"] == 2 && large["publish"] == 2)
        #expect(large.values.reduce(0, +) < 130, "\(large)")
        server.stop()
    }
}
