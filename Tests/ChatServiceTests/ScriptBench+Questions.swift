import Redis
import WireContract
import WorkQueue

@testable import ChatService

/// What is answered beside the pipeline.
extension ScriptBench {
    /// What the reader does for what its script left unanswered.
    func answer(_ entry: StreamEntry, _ result: RedisValue) async {
        guard Self.words(result).dropFirst().first == "unanswered" else { return }
        let read = PartitionRead(entry: entry, applied: result)
        await self.dispatch.applied(1, unanswered: [read])
        _ = await self.dispatch.answer(read, mayTakeLong: true, self.fence, self.connection)
    }

    /// Answers an entry that only asks; false for every other.
    func answered(_ entry: StreamID) async throws -> Bool {
        let read = try await self.connection.xrange(self.keys.commands, from: "\(entry)", to: "\(entry)")
        guard let read = read.first, case .read = self.dispatch.role(of: read) else { return false }
        _ = await self.dispatch.answer(PartitionRead(entry: read), mayTakeLong: true, self.fence, self.connection)
        return true
    }

    /// Adds a command that only asks, or one whose effect a holder before applied, and answers it.
    func answer(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", room: String = "squad_alpha",
        fence: PartitionFence? = nil
    ) async throws {
        await self.answer(try await self.question(kind, data, user: user, room: room), fence: fence)
    }

    func question(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", room: String = "squad_alpha"
    ) async throws -> PartitionRead {
        let entry = try await self.add(kind, data, user: user, id: "question", room: room)
        let read = try await self.connection.xrange(self.keys.commands, from: "\(entry)", to: "\(entry)")
        return PartitionRead(entry: read[0])
    }

    func answer(_ read: PartitionRead, fence: PartitionFence? = nil) async {
        _ = await self.dispatch.answer(read, mayTakeLong: true, fence ?? self.fence, self.connection)
    }
}
