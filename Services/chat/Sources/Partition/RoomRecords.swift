import Domain
import JSON
import NIOConcurrencyHelpers
import Redis
import WireContract

/// What is stored of a partition's rooms, in the memory of its holder: nobody else writes it, and it never changes, so that
/// no command has to ask for it.
final class RoomRecords: Sendable {
    private static let mostDescribed = 10_000

    /// Nil of a room whose record cannot be read: a newer release made it.
    private let stored = NIOLockedValueBox<[RoomID: Room?]>([:])
    /// Rooms that nothing is stored of, as their ids describe them.
    private let described = NIOLockedValueBox<[RoomID: Room]>([:])
    private let keys: ChatKeys

    init(_ keys: ChatKeys) {
        self.keys = keys
    }

    /// Reads all that Redis has.
    func load(_ connection: RedisConnection) async throws(RedisError) {
        let names = try await connection.send(RedisCommand("SMEMBERS", RedisArgument(self.keys.rooms)))
        let rooms = (names.array ?? []).compactMap(\.string).compactMap { try? RoomID($0) }
        let hashes = try await connection.pipeline(
            rooms.map { RedisCommand("HMGET", RedisArgument(self.keys.room($0.rawValue).room), "record", "name") })
        var found: [RoomID: Room?] = [:]
        for (room, hash) in zip(rooms, hashes) {
            // A damaged key is found by the command that needs it, and its entry set aside.
            guard let fields = try? hash.get().array, fields.count == 2, let record = fields[0].buffer else { continue }
            found.updateValue(Self.room(room, record: record.readableBytesView, name: fields[1].string), forKey: room)
        }
        self.stored.withLockedValue { stored in stored.merge(found) { $1 } }
    }

    /// The room, or what it would be at its first use; nil when there is none.
    func room(_ id: RoomID) -> Room? {
        if let stored = self.stored.withLockedValue({ $0[id] }) { return stored }
        return self.described.withLockedValue { described in
            if let room = described[id] { return room }
            guard let room = Room(id) else { return nil }
            if described.count >= Self.mostDescribed { described.removeAll() }
            described[id] = room
            return room
        }
    }

    private static func room(_ id: RoomID, record: some Sequence<UInt8>, name: String?) -> Room? {
        guard let record = (try? JSONValue(parsing: record)).flatMap({ RoomRecord($0) }) else { return nil }
        let shown = name.flatMap { try? JSONValue(parsing: $0.utf8) }?.string
        return Room(roomID: id, name: shown ?? id.rawValue, record: record)
    }
}
