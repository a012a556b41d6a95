import Directory
import Domain
import NIOConcurrencyHelpers

/// Who there is: the directory, or a test's.
protocol Roster: Sendable {
    /// Another number whenever somebody has changed.
    var version: Int { get }
    /// Whether it is known who there is.
    var isReady: Bool { get }
    func user(_ id: UserID) -> DirectoryUser?
    func users() -> [DirectoryUser]
}

extension DirectoryReplica: Roster {}

/// Who may read what is said in each room, with the names they are called by. Made anew when the directory has changed,
/// not for each message: among ten thousand people that takes a hundred times as long as finding one of them.
final class ReaderIndex: Sendable {
    /// Everybody who may read what is said in rooms of one kind, squad and policy.
    struct Readers: Sendable {
        let users: [DirectoryUser]
        /// Indices of those who belong to the squad: commanders of others may look in.
        let members: [Int]
        /// Finds indices of ``users``.
        let parser: MentionParser

        fileprivate init(of room: RoomRecord, in roster: any Roster, at now: Timestamp) {
            let users = roster.users().filter { RoomPolicy.permissions(of: $0, in: room, at: now).contains(.read) }
            self.users = users
            self.members = users.indices.filter { users[$0].squadID == room.squadID }
            self.parser = MentionParser(names: users.map { [$0.callsign, $0.username] })
        }
    }

    private let roster: any Roster
    private let known = NIOLockedValueBox<(version: Int?, rooms: [RoomRecord: Readers])>((nil, [:]))

    init(_ roster: any Roster) {
        self.roster = roster
    }

    /// - Parameter now: Sanctions are chat's, so by itself no right ends with time: the answer lasts until somebody changes.
    func readers(of room: RoomRecord, at now: Timestamp) -> Readers {
        // Read first: what changes meanwhile makes the index old at once.
        let version = self.roster.version
        let known = self.known.withLockedValue { $0.version == version ? $0.rooms[room] : nil }
        if let known { return known }
        let made = Readers(of: room, in: self.roster, at: now)
        self.known.withLockedValue { known in
            if known.version != version { known = (version, [:]) }
            known.rooms[room] = made
        }
        return made
    }
}
