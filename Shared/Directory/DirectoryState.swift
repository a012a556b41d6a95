public import Domain

/// One entry of the directory that is not what it was.
public enum DirectoryChange: Sendable, Equatable {
    /// A user was added (`before` is nil), changed, or is no longer there (`after` is nil).
    case user(before: DirectoryUser?, after: DirectoryUser?)
    /// A squad was added, renamed, or is no longer there.
    case squad(before: Squad?, after: Squad?)
}

/// The directory as one process knows it: what lookups read. No I/O; ``DirectoryReplica`` feeds it.
struct DirectoryState: Sendable {
    private(set) var users: [UserID: DirectoryUser] = [:]
    private(set) var squads: [SquadID: Squad] = [:]
    /// Members of a squad; inactive users are members too.
    private var members: [SquadID: Set<UserID>] = [:]
    /// Case-folded user names and callsigns. Two users may share a callsign, so each leads to a set.
    private var names: [String: Set<UserID>] = [:]

    init() {}

    init(users: [DirectoryUser], squads: [Squad]) {
        for squad in squads { self.squads[squad.squadID] = squad }
        for user in users { _ = self.put(user) }
    }

    /// Everything in `squad`, ordered by id so that callers and tests see one order.
    func users(in squad: SquadID) -> [DirectoryUser] {
        (self.members[squad] ?? []).compactMap { self.users[$0] }.sorted { $0.userID.rawValue < $1.userID.rawValue }
    }

    /// Users whose user name or callsign is `name` without regard to case, ordered by id.
    func users(named name: String) -> [DirectoryUser] {
        (self.names[name.lowercased()] ?? []).compactMap { self.users[$0] }
            .sorted { $0.userID.rawValue < $1.userID.rawValue }
    }

    /// - Returns: What changed; nil when the same entry was there already.
    mutating func put(_ user: DirectoryUser) -> DirectoryChange? {
        let before = self.users.updateValue(user, forKey: user.userID)
        guard before != user else { return nil }
        if let before { self.unlink(before) }
        self.members[user.squadID, default: []].insert(user.userID)
        for name in Self.keys(of: user) { self.names[name, default: []].insert(user.userID) }
        return .user(before: before, after: user)
    }

    mutating func put(_ squad: Squad) -> DirectoryChange? {
        let before = self.squads.updateValue(squad, forKey: squad.squadID)
        return before == squad ? nil : .squad(before: before, after: squad)
    }

    /// Takes over what `before` had and this has not: nothing is ever deleted from the directory, so what is missing was
    /// lost.
    ///
    /// - Returns: The users among it.
    mutating func keep(from before: DirectoryState) -> Set<UserID> {
        for (id, squad) in before.squads where self.squads[id] == nil { self.squads[id] = squad }
        let lost = before.users.values.filter { self.users[$0.userID] == nil }
        for user in lost { _ = self.put(user) }
        return Set(lost.map(\.userID))
    }

    /// What a reader of `before` must be told to know `self`.
    func changes(since before: DirectoryState) -> [DirectoryChange] {
        var changes: [DirectoryChange] = []
        for (id, squad) in self.squads where before.squads[id] != squad {
            changes.append(.squad(before: before.squads[id], after: squad))
        }
        for (id, user) in self.users where before.users[id] != user {
            changes.append(.user(before: before.users[id], after: user))
        }
        for (id, user) in before.users where self.users[id] == nil { changes.append(.user(before: user, after: nil)) }
        for (id, squad) in before.squads where self.squads[id] == nil {
            changes.append(.squad(before: squad, after: nil))
        }
        return changes
    }

    private mutating func unlink(_ user: DirectoryUser) {
        self.members[user.squadID]?.remove(user.userID)
        for name in Self.keys(of: user) {
            self.names[name]?.remove(user.userID)
            if self.names[name]?.isEmpty == true { self.names[name] = nil }
        }
    }

    private static func keys(of user: DirectoryUser) -> Set<String> {
        [user.username.lowercased(), user.callsign.lowercased()]
    }
}
