import Database
import Domain
import JSON
import NIOConcurrencyHelpers
import WireContract

/// What rooms are, as the first event of each says: the notifier does not read chat's store. A room that was made before
/// there were records is what its id says.
final class RoomStore: Sendable {
    private let database: SQLDatabase
    /// Nil of a room that a newer release made and we cannot read: then nobody is told, rather than the wrong people. A
    /// room that has no record is not in it: another process may be about to store one.
    private let known = NIOLockedValueBox<[RoomID: Room?]>([:])
    private let mostKnown: Int

    /// - Parameters:
    ///   - database: Brought up to date by ``PreferenceStore``.
    ///   - mostKnown: How many rooms are remembered from one batch to the next.
    init(_ database: SQLDatabase, mostKnown: Int = 10_000) {
        self.database = database
        self.mostKnown = mostKnown
    }

    /// Takes in the rooms that `events` make.
    ///
    /// - Returns: All that they happened in, for as long as the batch lasts, whatever is forgotten meanwhile. A room never
    ///   changes, so each is read once.
    func follow(_ events: [RoomEvent]) async throws -> KnownRooms {
        var rooms: [RoomID: Room?] = [:]
        for event in events where event.event == Publication.Event.roomCreated {
            guard let id = try? RoomID(event.room), try await self.keep(event, as: id) else { continue }
            rooms.updateValue(Self.room(event.json, id), forKey: id)
        }
        return try await self.complete(rooms, with: Set(events.compactMap { try? RoomID($0.room) }))
    }

    /// What is known of the rooms of these names.
    func rooms(_ names: [String]) async throws -> KnownRooms {
        try await self.complete([:], with: Set(names.compactMap { try? RoomID($0) }))
    }

    private func complete(_ found: [RoomID: Room?], with names: Set<RoomID>) async throws -> KnownRooms {
        var rooms = found
        let others = names.subtracting(rooms.keys)
        self.known.withLockedValue { known in
            for id in others { if let room = known[id] { rooms.updateValue(room, forKey: id) } }
        }
        for (id, document) in try await self.documents(of: others.subtracting(rooms.keys)) {
            rooms.updateValue(Self.room(document, id), forKey: id)
        }
        self.known.withLockedValue { known in
            if known.count + rooms.count > self.mostKnown { known.removeAll() }
            known.merge(rooms) { $1 }
        }
        return KnownRooms(rooms)
    }

    /// - Returns: Whether the event says what the room is.
    private func keep(_ event: RoomEvent, as id: RoomID) async throws -> Bool {
        guard let json = try? JSONValue(parsing: event.json), json["record"] != nil else { return false }
        try await self.database.write { transaction in
            _ = try transaction.execute(
                "INSERT OR IGNORE INTO rooms (room, document) VALUES (?, ?)",
                [.string(id.rawValue), .data(event.json)])
        }
        return true
    }

    private func documents(of rooms: Set<RoomID>) async throws -> [(RoomID, [UInt8])] {
        guard !rooms.isEmpty else { return [] }
        return try await self.database.read { transaction in
            try rooms.compactMap { room in
                try transaction.first("SELECT document FROM rooms WHERE room = ?", [.string(room.rawValue)])
                    .map { (room, try $0.data("document")) }
            }
        }
    }

    private static func room(_ document: [UInt8], _ id: RoomID) -> Room? {
        guard let json = try? JSONValue(parsing: document), let record = json["record"].flatMap({ RoomRecord($0) })
        else { return nil }
        return Room(roomID: id, name: json["name"]?.string ?? id.rawValue, record: record)
    }
}

/// What the rooms are that one batch of events happened in.
struct KnownRooms: Sendable {
    private let stored: [RoomID: Room?]

    init(_ stored: [RoomID: Room?] = [:]) { self.stored = stored }

    /// Nil of one that cannot be read, or that is not known yet.
    func room(_ id: RoomID) -> Room? {
        if let stored = self.stored[id] { return stored }
        return Room(id)
    }

    /// Whether neither a record nor its id says what a room is.
    func isUnknown(_ id: RoomID) -> Bool { self.stored[id] == nil && Room(id) == nil }
}
