import TestSupport
import Testing

/// Two chat processes share the partitions; the one that works on the busy room's goes away.
@Suite(.serialized)
struct HandoverTests {
    private static let room = "squad_alpha"

    /// Waits until the room's partition was taken again.
    ///
    /// - Returns: Who holds it now.
    @discardableResult
    private func successor(
        of holder: RunningSuite.Holder, on suite: RunningSuite, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> RunningSuite.Holder {
        await eventually(within: .seconds(15), sourceLocation: sourceLocation) {
            try await suite.holder(of: Self.room).token != holder.token
        }
        return try await suite.holder(of: Self.room)
    }

    @Test("the holder of a busy partition dies: the other process takes it within its lease")
    func killedHolder() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite)
            for _ in 0..<2 {
                await load.advance(by: 20)
                let holder = try await suite.holder(of: Self.room)
                let killed = ContinuousClock.now
                holder.process.kill()
                let next = try await self.successor(of: holder, on: suite)
                #expect(next.process !== holder.process)
                await load.advance(by: 20)
                #expect(await load.longestSilence(since: killed) < .seconds(3))
                try holder.process.start()
                try await holder.process.waitUntilReady()
            }
            try await load.finish().expectNothingLost("killed holder")
        }
    }

    @Test("a holder frozen past its lease changes nothing after it wakes")
    func frozenHolder() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite)
            for _ in 0..<2 {
                await load.advance(by: 20)
                let holder = try await suite.holder(of: Self.room)
                let frozen = ContinuousClock.now
                holder.process.freeze()
                try await self.successor(of: holder, on: suite)
                #expect(ContinuousClock.now - frozen > .seconds(1), "it was alive as far as its connection tells")
                await eventually { ContinuousClock.now - frozen > .milliseconds(2_500) }
                await load.advance(by: 20)
                #expect(await load.longestSilence(since: frozen) < .seconds(5))
                let held = try await suite.holder(of: Self.room)
                holder.process.thaw()
                // Awake, it finds another's token; what it still believed to hold is not applied again.
                await load.advance(by: 50)
                #expect(held.token != holder.token && held.process !== holder.process)
            }
            try await load.finish().expectNothingLost("frozen holder")
        }
    }

    @Test("the holder of a busy partition is told to stop: it finishes its batch, exits with 0, and nobody waits")
    func terminatedHolder() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite, every: .milliseconds(5))
            for _ in 0..<2 {
                await load.advance(by: 50)
                let holder = try await suite.holder(of: Self.room)
                let told = ContinuousClock.now
                let status = await holder.process.terminate()
                #expect(status == 0, "\(holder.process.log)")
                let next = try await self.successor(of: holder, on: suite)
                #expect(next.process !== holder.process)
                await load.advance(by: 50)
                #expect(await load.longestSilence(since: told) < .milliseconds(1_500))
                try holder.process.start()
                try await holder.process.waitUntilReady()
            }
            try await load.finish().expectNothingLost("terminated holder")
        }
    }
}
