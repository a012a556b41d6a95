import TestSupport
import Testing

/// One page that hangs is its own trouble.
@Suite(.serialized)
struct SlowReaderTests {
    @Test("a reader that hangs is closed with 1013, and nobody else waits longer than 250 ms for any message")
    func stuckReader() async throws {
        // Room for a while in which the kernel takes nothing more for the one, and messages go on to all.
        try await RunningSuite.with(settings: ["OUTBOUND_LIMIT_BYTES": "3000000"]) { suite in
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
            await eventually(within: .seconds(60), every: .milliseconds(100)) {
                // 400 kB that it asks for and never takes.
                stuck.send(#"{"id":2,"event":"fetch_history","data":{"room_id":"squad_alpha","before":60,"limit":50}}"#)
                let metrics = try await HTTPTestClient.get(port: suite.gateways[0].healthPort, path: "/metrics").text
                return metrics.contains(/squadchat_gateway_slow_readers_total [1-9]/)
            }
            let closed = ContinuousClock.now
            try await stuck.startReading()
            #expect(try await stuck.closeCode(within: .seconds(20)) == 1013)
            await load.advance(by: 50)
            var delays: [Duration] = []
            for writer in load.writers {
                let sent = await writer.sentAt
                for reader in load.readers {
                    delays += await reader.messages.compactMap { message in
                        guard let start = message.clientID.flatMap({ sent[$0] }), start > stopped else { return nil }
                        return message.at - start
                    }
                }
            }
            delays.sort()
            print(
                "stuck for \(closed - stopped): \(delays.count) messages, median \(delays[delays.count / 2]), slowest \(delays.last ?? .zero)"
            )
            #expect(delays.count > 100)
            #expect(delays.allSatisfy { $0 < .milliseconds(250) })
            try await load.finish().expectNothingLost("slow reader")
        }
    }
}
