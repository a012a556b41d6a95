import Domain
import Logging
import NIOCore
import Redis
import WireContract

/// A question cannot be answered without the archive, or without reopening a room from it.
struct ArchiveNeeded: Error {}

/// What a ``Question`` reads with: Redis by plain commands on a connection beside the pipeline's, the archive, and the
/// members' lists that the holder keeps.
///
/// Commands of one transaction see one moment. What is read after it may be newer, never older: an event with a higher seq
/// tells the same again.
struct RoomReading: Sendable {
    let keys: ChatKeys
    /// Nil while it may not be asked.
    let archive: (any MessageArchive)?
    let rosters: Rosters
    let connection: RedisConnection
    /// What the command's own script left, when it had one that this holder ran.
    let left: Entrance.Left?
    let logger: Logger

    /// What `read` found, or nil where a key of this room is not what we made it: that is the matter of this room alone.
    func unlessMistyped<Found>(_ room: String, _ read: () async throws -> Found?) async throws -> Found? {
        do { return try await read() } catch RedisError.server(let error) where error.code == "WRONGTYPE" {
            self.logger.error("a key has the wrong type", metadata: ["room": "\(room)", "error": "\(error)"])
            return nil
        }
    }

    /// The state of rooms, nil for those that nobody has used and those that cannot be read.
    func states(of rooms: [(room: String, keys: RoomKeys)]) async throws -> [RoomState?] {
        let replies = try await self.connection.pipeline(
            [RedisCommand("HGET", RedisArgument(self.keys.state), "epoch")]
                + rooms.map { RedisCommand("HMGET", [RedisArgument($0.keys.room)] + RoomState.fields) })
        let epoch = try replies[0].get().string
        var states: [RoomState?] = []
        for (room, reply) in zip(rooms, replies.dropFirst()) {
            states.append(try await self.unlessMistyped(room.room) { RoomState(try reply.get()) })
        }
        let closed = zip(rooms, states).compactMap { room, state in
            state.map { $0.epoch == epoch } ?? true ? nil : room.room
        }
        guard closed.isEmpty else { throw RoomsToReopen(rooms: closed) }
        return states
    }

    /// All replies of one moment.
    func atOnce(_ commands: [RedisCommand]) async throws -> [RedisValue] {
        let replies = try await self.connection.pipeline([RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")])
        let isFull = replies.contains {
            guard case .failure(.server(let error)) = $0 else { return false }
            return error.kind == .outOfMemory
        }
        if isFull { return try await self.unchanged(commands) }
        guard let values = try replies.last?.get().array, values.count == commands.count else {
            throw RedisError.unexpectedReply("EXEC")
        }
        for case .error(let error) in values { throw RedisError.server(error) }
        return values
    }

    /// The same from a server at its memory limit, which takes nothing between MULTI and EXEC, not even what only reads: read
    /// twice, until both say the same. Hardly anything changes there. What is chosen at random never agrees, and needs not to.
    private func unchanged(_ commands: [RedisCommand]) async throws -> [RedisValue] {
        var values: [RedisValue] = []
        for _ in 0..<4 {
            let replies = try await self.connection.pipeline(commands + commands).map { try $0.get() }
            values = Array(replies.suffix(commands.count))
            if Array(replies.prefix(commands.count)) == values { break }
        }
        return values
    }

    /// A message is kept as it was published, its header line in front, or as JSON alone.
    private static func json(in text: ByteBuffer) -> [UInt8] {
        let bytes = text.readableBytesView
        return Array(bytes[(bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.startIndex)...])
    }

    /// Messages in their present state, by their ids: with what is on them now. Nil for those that Redis has let go.
    func messages(_ ids: [String], in room: RoomKeys) async throws -> [[UInt8]?] {
        guard !ids.isEmpty else { return [] }
        let names = ids.map { RedisArgument($0) }
        let replies = try await self.connection.pipeline([
            RedisCommand("HMGET", [RedisArgument(room.messages)] + names),
            RedisCommand("HMGET", [RedisArgument(room.reacted)] + names),
        ]).map { try $0.get().array ?? [] }
        return zip(replies[0], replies[1]).map { body, reactions in
            guard let body = body.buffer.map({ Self.json(in: $0) }) else { return nil }
            return reactions.buffer.map { ReactionsPayload.put($0.readableBytesView, into: body) } ?? body
        }
    }
}
