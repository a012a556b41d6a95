import Directory
import Domain

/// Who there is: the directory, or a test's.
protocol Roster: Sendable {
    func user(_ id: UserID) -> DirectoryUser?
    func users() -> [DirectoryUser]
}

extension DirectoryReplica: Roster {}

extension Roster {
    /// Everybody who may read what is said in a room.
    func readers(of room: Room, at now: Timestamp) -> [DirectoryUser] {
        self.users().filter { RoomPolicy.permissions(of: $0, in: room, at: now).contains(.read) }
    }
}
