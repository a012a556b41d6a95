import Directory
import Domain

/// Who there is: the directory, or a test's.
protocol Roster: Sendable {
    func user(_ id: UserID) -> DirectoryUser?
    func users() -> [DirectoryUser]
}

extension DirectoryReplica: Roster {}

extension Roster {
    /// Everybody who may read what is said to a squad.
    func readers(of squad: SquadID?) -> [DirectoryUser] {
        self.users().filter { $0.isActive && PermissionRules.permissions(of: $0, in: squad).contains(.read) }
    }
}
