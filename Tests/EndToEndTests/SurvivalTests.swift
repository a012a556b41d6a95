import Foundation
import TestSupport
import Testing

/// Processes die; what was acknowledged does not.
@Suite(.serialized)
struct SurvivalTests {
    /// Writers at a steady pace and readers, in squad alpha, all joined.
    private struct Load {
        let writers: [SimulatedClient]
        let readers: [SimulatedClient]
        let pace: Task<Void, Never>

        static func start(on suite: RunningSuite, every interval: Duration = .milliseconds(20)) async throws -> Load {
            let readers = [
                SimulatedClient(suite, user: "owl-3"),
                SimulatedClient(suite, user: "nomad-7", gateway: suite.gateways.count - 1),
            ]
            let writers = [SimulatedClient(suite, user: "viper-1"), SimulatedClient(suite, user: "ghost-2")]
            for client in readers { await client.start() }
            for reader in readers { await eventually { await reader.hasJoined } }
            for client in writers { await client.start() }
            for writer in writers { await eventually { await writer.hasJoined } }
            let pace = Task {
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    for (index, writer) in writers.enumerated() {
                        await writer.send("w\(index)-\(number)", content: "message \(number) of writer \(index)")
                    }
                    try? await Task.sleep(for: interval)
                }
            }
            return Load(writers: writers, readers: readers, pace: pace)
        }

        /// Stops writing, waits until everything is answered and every reader has caught up.
        func finish() async throws -> DeliveryChecker.Counts {
            // A hand-over is quick: write on until there is enough to lose.
            await eventually(within: .seconds(30)) { await self.acknowledgedCount > 100 }
            self.pace.cancel()
            for writer in self.writers {
                await eventually(within: .seconds(30)) { await writer.unansweredCount == 0 }
            }
            var highest = 0
            for writer in self.writers {
                highest = max(highest, await writer.acknowledged.values.map(\.sequence).max() ?? 0)
            }
            for reader in self.readers {
                let goal = highest
                await eventually(within: .seconds(30)) { await (reader.sequences.last ?? 0) >= goal }
            }
            let counts = await DeliveryChecker.check(writers: self.writers, readers: self.readers)
            for client in self.writers + self.readers { await client.stop() }
            return counts
        }

        var acknowledgedCount: Int {
            get async {
                var count = 0
                for writer in self.writers { count += await writer.acknowledged.count }
                return count
            }
        }
    }

    private func expectNothingLost(_ counts: DeliveryChecker.Counts, _ comment: Comment) {
        #expect(counts.acknowledged > 100, comment)
        #expect(counts.lost == 0, comment)
        #expect(counts.doubled == 0, comment)
        #expect(counts.holes == 0, comment)
        #expect(counts.disorder == 0, comment)
    }

    @Test("twenty kills of every process in turn lose nothing, double nothing, and sends are answered again")
    func twentyKills() async throws {
        try await RunningSuite.with { suite in
            let load = try await Load.start(on: suite)
            var slowest: [String: Duration] = [:]
            for round in 0..<20 {
                let before = await load.acknowledgedCount
                await eventually(within: .seconds(10)) { await load.acknowledgedCount > before + 10 }
                let killed = ContinuousClock.now
                let process = ["chat", "gateway", "redis", "integration", "notifier"][round % 5]
                switch round % 5 {
                case 0:
                    suite.chats[0].kill()
                    try suite.chats[0].start()
                case 1:
                    suite.gateways[0].kill()
                    try suite.gateways[0].start()
                case 2: try await suite.redis.restart()
                case 3:
                    suite.integrations[0].kill()
                    try suite.integrations[0].start()
                default:
                    suite.notifiers[0].kill()
                    try suite.notifiers[0].start()
                }
                // Five answers more than could have been under way at the kill.
                let after = await load.acknowledgedCount
                await eventually(within: .seconds(15)) { await load.acknowledgedCount > after + 5 }
                slowest[process] = max(slowest[process] ?? .zero, ContinuousClock.now - killed)
            }
            let counts = try await load.finish()
            print("20 kills: \(counts), slowest return to acknowledged sends: \(slowest)")
            self.expectNothingLost(counts, "20 kills")
            for (process, time) in slowest { #expect(time < .seconds(3), "\(process)") }
        }
    }

    @Test("of two chat processes one dies: the other takes its partitions at once")
    func handover() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite)
            for index in [0, 1] {
                let before = await load.acknowledgedCount
                await eventually { await load.acknowledgedCount > before + 20 }
                let killed = ContinuousClock.now
                suite.chats[index].kill()
                let after = await load.acknowledgedCount
                await eventually(within: .seconds(15)) { await load.acknowledgedCount > after + 5 }
                #expect(ContinuousClock.now - killed < .seconds(3), "its connection is gone, so its lease is")
                try suite.chats[index].start()
                try await suite.chats[index].waitUntilReady()
            }
            self.expectNothingLost(try await load.finish(), "handover")
        }
    }

    @Test("a chat process frozen past its lease changes nothing after it wakes")
    func frozenHolder() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite)
            for index in [0, 1] {
                let before = await load.acknowledgedCount
                await eventually { await load.acknowledgedCount > before + 20 }
                suite.chats[index].freeze()
                let after = await load.acknowledgedCount
                await eventually(within: .seconds(15)) { await load.acknowledgedCount > after + 50 }
                suite.chats[index].thaw()
            }
            self.expectNothingLost(try await load.finish(), "frozen")
        }
    }

    @Test("Redis restarted empty: rooms, members and history come back, and clients are told to reload")
    func emptiedRedis() async throws {
        try await RunningSuite.with { suite in
            let load = try await Load.start(on: suite)
            let before = await load.acknowledgedCount
            await eventually { await load.acknowledgedCount > before + 100 }
            load.pace.cancel()
            for writer in load.writers { await eventually { await writer.unansweredCount == 0 } }
            let acknowledged = await load.acknowledgedCount
            let archived = suite.directory.appendingPathComponent("archive")
            await eventually(within: .seconds(20)) {
                Self.archivedMessages(in: archived).filter { $0.contains("message ") }.count >= acknowledged
            }
            for client in load.writers + load.readers { await client.stop() }
            suite.redis.kill()
            try FileManager.default.removeItem(atPath: suite.redis.directory + "/appendonlydir")
            try await suite.redis.launch()

            // A new client: everything acknowledged is in its history, page after page, once and in order.
            let socket = try await eventuallyConnected(suite, user: "viper-1")
            socket.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            let history = try await socket.nextText(containing: "\"room_history\"", within: .seconds(20))
            var messages = try Transcript.messages(inHistory: history)
            var oldest = messages.first?.sequence ?? 0
            for page in 0..<200 where oldest > 1 {
                socket.send(
                    "{\"id\":\"p\(page)\",\"event\":\"fetch_history\",\"data\":{\"room_id\":\"squad_alpha\",\"before\":\(oldest)}}"
                )
                let answer = try await socket.nextText(containing: "\"p\(page)\"")
                let older = try Transcript.messages(inAnswer: answer)
                guard let first = older.first else { break }
                messages = older + messages
                oldest = first.sequence
            }
            let own = messages.filter { $0.content.hasPrefix("message ") }
            #expect(own.count == acknowledged)
            #expect(Set(messages.map(\.messageID)).count == messages.count)
            #expect(messages.map(\.sequence) == messages.map(\.sequence).sorted())
        }
    }

    private func eventuallyConnected(_ suite: RunningSuite, user: String) async throws -> WebSocketTestClient {
        for _ in 0..<100 {
            if let socket = try? await suite.socket(user) { return socket }
            try await Task.sleep(for: .milliseconds(100))
        }
        return try await suite.socket(user)
    }

    /// All lines of all daily files.
    static func archivedMessages(in directory: URL) -> [String] {
        guard let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil) else {
            return []
        }
        var lines: [String] = []
        for case let file as URL in files where file.pathExtension == "jsonl" {
            lines += ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
        return lines
    }
}
