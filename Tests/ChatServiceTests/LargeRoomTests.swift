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
            """
        let gateway = try await TestGateway(server.url, name: "gw")
        for present in [20, 10_000] {
            try await bench.send("EVAL", fill, "2", room.members, room.online, "\(present)")
            try await bench.send("CONFIG", "RESETSTAT")
            let asked = gateway.replies.count
            let answers = try await bench.applyFully(.joinSquadRoom, "{}", user: "nomad-7", id: "join-\(present)")
            #expect(answers.map(\.first) == ["done"])
            await eventually { gateway.replies.count > asked }
            let members = try #require(try gateway.replies.last?.json?["members"]?.elements())
            let users = members.compactMap { $0["user_id"]?.string }
            let states = members.compactMap { $0["online"]?.boolean }
            #expect(users.count == 500 && Set(users).count == 500 && users.contains("nomad-7"))
            // Those of the room before it grew: viper-1, and nomad-7 who joins.
            let expected = min(present + 2, 500)
            #expect(states == Array(repeating: true, count: expected) + Array(repeating: false, count: 500 - expected))
            let statistics = try await bench.send("INFO", "commandstats").string ?? ""
            #expect(statistics.contains("cmdstat_hrandfield"))
            #expect(!statistics.contains("cmdstat_hgetall") && !statistics.contains("cmdstat_hvals"))
        }
        server.stop()
    }
}
