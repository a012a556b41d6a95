import Domain
import Redis
import TestSupport
import Testing
import WireContract

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

    @Test("a holder frozen past its lease in the midst of a batch changes nothing after it wakes")
    func frozenHolder() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite)
            let cursor = try await self.watchCursor(suite)
            for round in 0..<3 {
                await load.advance(by: 20)
                let (holder, frozen) = try await self.freezeInBatch(suite, load, name: "burst\(round)")
                try await self.successor(of: holder, on: suite)
                await eventually { ContinuousClock.now - frozen > .milliseconds(2_500) }
                await load.advance(by: 20)
                #expect(await load.longestSilence(since: frozen) < .seconds(5))
                let held = try await suite.holder(of: Self.room)
                holder.process.thaw()
                // Awake, it goes on with the batch it had; another's token stands there, and nothing is applied again.
                await load.advance(by: 50)
                #expect(held.token != holder.token && held.process !== holder.process)
            }
            cursor.cancel()
            #expect(try await cursor.value == [], "the cursor only ever grows")
            try await load.finish().expectNothingLost("frozen holder")
        }
    }

    /// Freezes the holder while it has much to do.
    private func freezeInBatch(
        _ suite: RunningSuite, _ load: Load, name: String
    ) async throws -> (RunningSuite.Holder, ContinuousClock.Instant) {
        for attempt in 0..<20 {
            let holder = try await suite.holder(of: Self.room)
            await load.burst("\(name)-\(attempt)", count: 100)
            let frozen = ContinuousClock.now
            holder.process.freeze()
            if try await suite.holder(of: Self.room).token == holder.token { return (holder, frozen) }
            // The partition went to the other a moment ago, as the two share evenly again.
            holder.process.thaw()
        }
        throw RunningSuite.NoHolder(room: Self.room)
    }

    /// Notes each time the cursor of the room's partition goes back, until it is cancelled.
    private func watchCursor(_ suite: RunningSuite) async throws -> Task<[String], any Error> {
        let redis = try await suite.connectToRedis()
        let state = RedisNames.state(PartitionMap.partition(of: Self.room, of: RedisNames.defaultPartitionCount))
        return Task {
            var (last, steps) = (StreamID.zero, [String]())
            while !Task.isCancelled {
                let text = try await redis.send(RedisCommand("HGET", RedisArgument(state), "cursor")).string ?? ""
                let cursor = StreamID(text) ?? .zero
                if cursor < last { steps.append("\(last) → \(text)") }
                last = cursor
                try? await Task.sleep(for: .milliseconds(1))
            }
            await redis.close()
            return steps
        }
    }

    @Test("the holder of a busy partition is told to stop: it finishes its batch, exits with 0, and nobody waits")
    func terminatedHolder() async throws {
        try await RunningSuite.with(chats: 2) { suite in
            let load = try await Load.start(on: suite)
            for round in 0..<2 {
                await load.advance(by: 20)
                let holder = try await suite.holder(of: Self.room)
                await load.burst("burst\(round)", count: 100)
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
