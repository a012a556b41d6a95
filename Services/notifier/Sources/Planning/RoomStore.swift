import Database
import Domain
import JSON
import NIOConcurrencyHelpers
import WireContract

/// What rooms are, as the first event of each says: the notifier does not read chat's store. A room that was made before
/// there were records is what its id says.
final class RoomStore: Sendable {
    private let database: SQLDatabase
    /// Nil of a room that a newer release made and we cannot read: then nobody is told, rather than the wrong people.
    private let known = NIOLockedValueBox<[RoomID: Room?]>([:])

    private static let mostKnown = 10_000

    /// - Parameter database: Brought up to date by ``PreferenceStore``.
    init(_ database: SQLDatabase) {
        self.database = database
    }

    /// Takes in the rooms that `events` make, and the stored records of others that they happened in. A room never
    /// changes, so each is read once.
    func follow(_ events: [RoomEvent]) async throws {
        for event in events {
            guard let id = try? RoomID(event.room) else { continue }
            if event.event == Publication.Event.roomCreated {
                try await self.keep(event, as: id)
            } else if self.known.withLockedValue({ $0[id] }) == nil {
                let document = try await self.document(of: id)
                self.remember(document.map { Self.room($0, id) } ?? Room(id), as: id)
            }
        }
    }

    /// From memory, after ``follow(_:)``.
    func room(_ id: RoomID) -> Room? { self.known.withLockedValue { $0[id] ?? nil } }

    private func keep(_ event: RoomEvent, as id: RoomID) async throws {
        guard let json = try? JSONValue(parsing: event.json), json["record"] != nil else { return }
        try await self.database.write { transaction in
            _ = try transaction.execute(
                "INSERT OR IGNORE INTO rooms (room, document) VALUES (?, ?)",
                [.string(id.rawValue), .data(event.json)])
        }
        self.remember(Self.room(event.json, id), as: id)
    }

    private func document(of id: RoomID) async throws -> [UInt8]? {
        try await self.database.read { transaction in
            try transaction.first("SELECT document FROM rooms WHERE room = ?", [.string(id.rawValue)])?
                .data("document")
        }
    }

    private func remember(_ room: Room?, as id: RoomID) {
        self.known.withLockedValue { known in
            if known.count >= Self.mostKnown { known.removeAll() }
            known.updateValue(room, forKey: id)
        }
    }

    private static func room(_ document: [UInt8], _ id: RoomID) -> Room? {
        guard let json = try? JSONValue(parsing: document), let record = json["record"].flatMap({ RoomRecord($0) })
        else { return nil }
        return Room(roomID: id, name: json["name"]?.string ?? id.rawValue, record: record)
    }
}
