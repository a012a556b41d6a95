import Redis
import WorkQueue

/// Opens rooms anew for whoever finds one of an older epoch, the pipeline or a read: one after the other, and none twice. No
/// script acts in a room before it is reopened, so whoever finds it open finds all that was restored.
actor RoomReopenings {
    private let reopening: RoomReopening
    private let keys: ChatKeys
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ reopening: RoomReopening, keys: ChatKeys) {
        self.reopening = reopening
        self.keys = keys
    }

    func reopen(_ room: String, _ fence: PartitionFence, _ connection: RedisConnection) async throws {
        await self.take()
        defer { self.give() }
        let replies = try await connection.pipeline([
            RedisCommand("HGET", RedisArgument(self.keys.state), "epoch"),
            RedisCommand("HGET", RedisArgument(self.keys.room(room).room), "epoch"),
        ])
        // Somebody else was faster.
        if try replies[0].get().string == replies[1].get().string { return }
        try await self.reopening.reopen(room, fence, connection)
    }

    private func take() async {
        guard self.isTaken else {
            self.isTaken = true
            return
        }
        await withCheckedContinuation { self.waiting.append($0) }
    }

    private func give() {
        if self.waiting.isEmpty { self.isTaken = false } else { self.waiting.removeFirst().resume() }
    }
}
