import TestSupport
import Testing

/// One page that hangs is its own trouble.
@Suite(.serialized)
struct SlowReaderTests {
    @Test(
        "a reader that hangs is closed with 1013, and nobody at its gateway hears any message 250 ms later than elsewhere"
    )
    func stuckReader() async throws {
        // Room for a while in which the kernel takes nothing more for the one, and messages go on to all.
        try await RunningSuite.with(settings: ["OUTBOUND_LIMIT_BYTES": "3000000"], gateways: 2) { suite in
            let author = SimulatedClient(suite, user: "atlas-6")
            await author.start()
            await eventually { await author.hasJoined }
            let long = String(repeating: "🎯", count: 1_900)
            for number in 0..<50 { await author.send("long-\(number)", content: long) }
            await eventually { await author.unansweredCount == 0 }
            await author.stop()

            let stuck = try await WebSocketTestClient.connect(
                port: suite.port(), headers: [("Cookie", try await suite.signIn("atlas-6"))],
                receiveBufferInBytes: 4_096)
            stuck.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            _ = try await stuck.nextText(containing: "\"room_history\"")
            let load = try await Load.start(on: suite)
            await load.advance(by: 20)
            try await stuck.stopReading()
            let stopped = ContinuousClock.now
            await eventually(within: .seconds(60), every: .milliseconds(50)) {
                // 80 kB that it asks for and never takes.
                stuck.send(#"{"id":2,"event":"fetch_history","data":{"room_id":"squad_alpha","before":60,"limit":10}}"#)
                let metrics = try await HTTPTestClient.get(port: suite.gateways[0].healthPort, path: "/metrics").text
                return metrics.contains(/squadchat_gateway_slow_readers_total [1-9]/)
            }
            let closed = ContinuousClock.now
            try await stuck.startReading()
            #expect(try await stuck.closeCode(within: .seconds(20)) == 1013)
            await load.advance(by: 50)
            await load.stopWriting()
            // The one reads at the same gateway, the other at another: what the machine does to both is no fault of it.
            let (here, elsewhere) = (load.readers[0], load.readers[1])
            await eventually { await here.messages.count == elsewhere.messages.count }
            let there = Dictionary(
                await elsewhere.messages.compactMap { message in message.clientID.map { ($0, message.at) } },
                uniquingKeysWith: { first, _ in first })
            let delays = await here.messages.compactMap { message in
                message.at > stopped ? message.clientID.flatMap { there[$0] }.map { message.at - $0 } : nil
            }.sorted()
            print(
                "stuck for \(closed - stopped): \(delays.count) messages, median \(delays[delays.count / 2]) later than "
                    + "elsewhere, at most \(delays.last ?? .zero)")
            #expect(delays.count > 50)
            #expect(delays.allSatisfy { $0 < .milliseconds(250) })
            try await load.finish().expectNothingLost("slow reader")
        }
    }
}
