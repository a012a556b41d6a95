import JSON
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// What one socket sends while Redis is away waits at several places, and leaves them in order.
struct OutageOrderTests {
    @Test("the messages of one socket stay in order over the end and the return of Redis", arguments: ["0", "1000"])
    func messages(limit: String) async throws {
        let harness = try await Harness.start(
            settings: ["RATE_LIMIT_MESSAGES_PER_MINUTE": limit], appendOnly: true)
        let client = try await harness.member("viper-1")
        var sent: [String] = []
        func send(_ count: Int) {
            for _ in 0..<count {
                sent.append("m\(sent.count)")
                client.send(
                    #"{"id":9,"event":"send_message","data":{"room_id":"squad_alpha","content":"\#(sent.last ?? "")"}}"#
                )
            }
        }
        // Those under way when it ends, those that come while it is away, and those that come when it is back.
        send(5)
        harness.server.kill()
        send(20)
        try await client.answersPing()
        try await harness.server.launch()
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { loop.redis.current != nil }.get() }
        send(5)
        func heard() -> [String] {
            var heard: [String] = []
            for command in harness.chat.commands(.sendMessage) {
                let text = (try? JSONValue(parsing: command.data))?["content"]?.string ?? ""
                if !heard.contains(text) { heard.append(text) }
            }
            return heard
        }
        let all = sent.count
        await eventually(within: .seconds(20)) { heard().count == all }
        #expect(heard() == sent)
        await harness.stop()
    }
}
