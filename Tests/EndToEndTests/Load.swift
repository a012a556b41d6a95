import TestSupport
import Testing

/// Writers at a steady pace and readers, in squad alpha, all joined.
struct Load {
    let writers: [SimulatedClient]
    let readers: [SimulatedClient]
    private let pace: Task<Void, Never>

    /// - Parameters:
    ///   - interval: Between two messages of each writer.
    ///   - padding: Follows the text of each message.
    static func start(
        on suite: RunningSuite, every interval: Duration = .milliseconds(20), padding: String = ""
    ) async throws -> Load {
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
                    await writer.send(
                        "w\(index)-\(number)", content: "message \(number) of writer \(index)\(padding)")
                }
                try? await Task.sleep(for: interval)
            }
        }
        return Load(writers: writers, readers: readers, pace: pace)
    }

    /// Waits until `count` more messages are acknowledged than now.
    func advance(
        by count: Int, within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let goal = await self.acknowledged.count + count
        await eventually(within: limit, sourceLocation: sourceLocation) { await self.acknowledged.count >= goal }
    }

    /// Much at once from each writer, beside the steady pace; returns when the first of it is answered.
    func burst(_ name: String, count: Int) async {
        for number in 0..<count {
            for (index, writer) in self.writers.enumerated() {
                await writer.send(
                    "\(name)-w\(index)-\(number)", content: "message \(number) of writer \(index), \(name)")
            }
        }
        await eventually(every: .milliseconds(1)) {
            for writer in self.writers where await writer.acknowledged.keys.contains("\(name)-w0-0") { return true }
            return false
        }
    }

    /// Stops writing, and waits until everything is answered.
    func stopWriting() async {
        self.pace.cancel()
        for writer in self.writers {
            await eventually(within: .seconds(30)) { await writer.unansweredCount == 0 }
        }
    }

    /// Stops writing, waits until everything is answered and every reader has caught up.
    func finish() async throws -> DeliveryChecker.Counts {
        // A hand-over is quick: write on until there is enough to lose.
        await eventually(within: .seconds(30)) { await self.acknowledged.count > 100 }
        await self.stopWriting()
        let highest = await self.acknowledged.values.map(\.sequence).max() ?? 0
        for reader in self.readers {
            await eventually(within: .seconds(30)) { await (reader.last?.sequence ?? 0) >= highest }
        }
        let counts = await DeliveryChecker.check(writers: self.writers, readers: self.readers)
        for client in self.writers + self.readers { await client.stop() }
        return counts
    }

    /// By `client_id`, of all writers.
    var acknowledged: [String: SimulatedClient.Acknowledgement] {
        get async {
            var all: [String: SimulatedClient.Acknowledgement] = [:]
            for writer in self.writers { all.merge(await writer.acknowledged) { $1 } }
            return all
        }
    }

    /// The longest time without an answer to any writer from `start` until now.
    func longestSilence(since start: ContinuousClock.Instant) async -> Duration {
        let answers = await self.acknowledged.values.map(\.at).filter { $0 > start }.sorted()
        let moments = [start] + answers + [.now]
        return zip(moments, moments.dropFirst()).map { $1 - $0 }.max() ?? .zero
    }
}

extension DeliveryChecker.Counts {
    /// Records an issue unless everything acknowledged was seen once, in one order, and nobody had to reload.
    func expectNothingLost(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.acknowledged > 100, comment, sourceLocation: sourceLocation)
        #expect(self.lost == 0, comment, sourceLocation: sourceLocation)
        #expect(self.doubled == 0, comment, sourceLocation: sourceLocation)
        #expect(self.holes == 0, comment, sourceLocation: sourceLocation)
        #expect(self.disorder == 0, comment, sourceLocation: sourceLocation)
        #expect(self.reloads == 0, comment, sourceLocation: sourceLocation)
    }
}
