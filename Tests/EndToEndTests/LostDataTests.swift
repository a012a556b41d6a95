import Foundation
import TestSupport
import Testing

/// Redis loses data that was acknowledged: nobody is left with it, and nobody is left without what came instead.
@Suite(.serialized)
struct LostDataTests {
    /// What happens to Redis.
    enum Loss: String, CaseIterable, Sendable {
        /// An operator's FLUSHALL: same process, same connections, same subscriptions.
        case emptied
        /// Killed, and its files removed.
        case restartedEmpty
        /// Killed, and its append-only file ends earlier: the last events never happened.
        case lostTail
    }

    @Test(
        "what Redis loses under live readers is told as a reload; rooms, members and history come back",
        arguments: Loss.allCases)
    func loss(_ loss: Loss) async throws {
        try await RunningSuite.with { suite in
            let load = try await Load.start(on: suite)
            await load.advance(by: 100)
            let before = try await suite.record(ofRoomFor: "viper-1")
            var safe = await load.acknowledged
            await eventually(within: .seconds(20)) {
                let archived = Set(suite.archivedMessages.compactMap { $0["client_id"]?.string })
                return archived.isSuperset(of: safe.keys)
            }
            var doomed: [String] = []
            try await suite.whileArchiveWaits {
                await load.advance(by: 20)
                if loss == .lostTail {
                    safe = await load.acknowledged
                    doomed = try await self.loseTail(suite, load)
                } else {
                    doomed = await self.seenByAll(load, after: safe)
                    if loss == .emptied { try suite.redis.flushAll() } else { suite.redis.kill() }
                }
            }
            switch loss {
            case .emptied: break
            case .restartedEmpty:
                try FileManager.default.removeItem(atPath: suite.redis.directory + "/appendonlydir")
                await load.readers[1].dropConnection()
                try await suite.redis.launch()
            case .lostTail:
                await load.readers[1].dropConnection()
                try await suite.redis.launch()
            }

            for client in load.readers + load.writers {
                await eventually(within: .seconds(30)) { await client.last?.epoch != before.epoch }
            }
            await load.advance(by: 100)
            await load.stopWriting()
            let after = try await suite.record(ofRoomFor: "viper-1")
            #expect(after.epoch != before.epoch)
            #expect(after.members == before.members && !after.members.isEmpty)
            #expect(after.name == before.name)

            // What was in the archive, or on disk, is there; so is everything acknowledged under the new epoch.
            var expected = safe
            for (id, answer) in await load.acknowledged where answer.messageID.contains(".\(after.epoch).") {
                expected[id] = answer
            }
            #expect(expected.count >= safe.count + 100)
            #expect(
                DeliveryChecker.notOnce(expected.values.map(\.messageID), in: after.messages.map(\.messageID)) == [])
            #expect(after.messages.map(\.sequence) == Set(after.messages.map(\.sequence)).sorted())
            #expect(before.messages.map(\.messageID) == after.messages.prefix(before.messages.count).map(\.messageID))
            let lost = Set(doomed).subtracting(after.messages.map(\.messageID))
            #expect(!lost.isEmpty, "this test must lose something")
            await self.expectNoSilentGap(load, after, lost: lost)
            if loss != .emptied {
                #expect(await load.readers[1].unrecovered > 0, "it came back from beyond the end of the archive")
            }
            for client in load.writers + load.readers { await client.stop() }
        }
    }

    /// What every page shows is the room's history from there on, and who had seen what is lost was told to reload.
    private func expectNoSilentGap(_ load: Load, _ after: RunningSuite.RoomRecord, lost: Set<String>) async {
        var shown: [String: String] = [:]
        for client in load.readers + load.writers {
            let end = after.messages.last?.messageID
            await eventually(within: .seconds(30)) { await client.view.last?.messageID == end }
            let view = await client.view
            #expect(view.map(\.messageID) == after.messages.suffix(view.count).map(\.messageID))
            #expect(await client.gaps == [])
            #expect(await client.contradictions == [])
            let ever = await client.everShown
            if !lost.isDisjoint(with: ever.keys) { #expect(await client.reloads > 0) }
            // One name, one message: for all pages, and over all lives of Redis.
            shown.merge(ever) { first, second in
                #expect(first == second)
                return second
            }
        }
        for message in after.messages { #expect((shown[message.messageID] ?? message.content) == message.content) }
        for (id, answer) in await load.acknowledged {
            guard let content = shown[answer.messageID] else { continue }
            #expect(content.hasPrefix("message \(id.split(separator: "-").last ?? "") of writer"))
        }
        for reader in load.readers { #expect(await reader.reloads > 0, "each reader had seen what is lost") }
    }

    /// Kills Redis and cuts its append-only file back to where it is now, once all have seen more.
    private func loseTail(_ suite: RunningSuite, _ load: Load) async throws -> [String] {
        let folder = URL(fileURLWithPath: suite.redis.directory + "/appendonlydir")
        let file = try #require(
            FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .first { $0.pathExtension == "aof" && $0.lastPathComponent.contains(".incr.") })
        let handle = try FileHandle(forUpdating: file)
        let length = try handle.seekToEnd()
        let known = await load.acknowledged
        await load.advance(by: 20)
        let doomed = await self.seenByAll(load, after: known)
        suite.redis.kill()
        #expect(try handle.seekToEnd() > length)
        // In the middle of a command, as a power cut leaves it: Redis drops what is not whole.
        try handle.truncate(atOffset: length + 10)
        try handle.close()
        return doomed
    }

    /// The messages that were acknowledged since `known`, once both readers show the last of them.
    private func seenByAll(_ load: Load, after known: [String: SimulatedClient.Acknowledgement]) async -> [String] {
        let fresh = await load.acknowledged.filter { known[$0.key] == nil }.values
        let highest = fresh.map(\.sequence).max() ?? 0
        for reader in load.readers { await eventually { await (reader.last?.sequence ?? 0) >= highest } }
        return fresh.map(\.messageID)
    }
}
