import Domain
import WireContract

/// Who asks, in which room, and what they may do there.
struct Asker {
    let user: DirectoryUser
    let squad: SquadID
    let permissions: Permissions
}

extension CommandContext {
    /// Decides who asks and what they may do, from the directory alone.
    ///
    /// - Parameter needed: What the command takes; `forbidden` without it.
    func asker(with needed: Permissions) async throws(CommandFailure) -> Asker {
        let squad = try self.squad()
        guard let userID = try? UserID(self.command.user) else {
            throw .discarded("user: \(self.command.user.isEmpty ? "missing" : "malformed")")
        }
        var found = self.directory.user(userID)
        if found == nil { found = await self.directory.newUser(userID) }
        guard let user = found else {
            throw .refused(Refusal(.forbidden, "The directory does not know this user."))
        }
        let permissions = PermissionRules.permissions(of: user, in: squad)
        // A squad that does not exist and one that is another's look the same to those who may not enter.
        guard permissions.contains(.read) else {
            throw .refused(Refusal(.forbidden, "This room belongs to another squad."))
        }
        guard user.squadID == squad || self.directory.hasSquad(squad) else {
            throw .refused(Refusal(.unknownRoom, "There is no such room."))
        }
        guard permissions.isSuperset(of: needed) else {
            throw .refused(Refusal(.forbidden, "Your role does not allow this here."))
        }
        return Asker(user: user, squad: squad, permissions: permissions)
    }

    /// The squad whose room the command is about.
    func squad() throws(CommandFailure) -> SquadID {
        guard let room = try? RoomID(self.command.room) else { throw .discarded("room: malformed") }
        guard PartitionMap.partition(of: room.rawValue, of: self.limits.partitions) == self.keys.partition else {
            throw .discarded("room: belongs to another partition")
        }
        guard let squad = room.squad else {
            throw .refused(Refusal(.unknownRoom, "There is no such room."))
        }
        return squad
    }

    /// The squad of a command of the suite itself, which must exist.
    func knownSquad() throws(CommandFailure) -> SquadID {
        try self.requireSuite()
        let squad = try self.squad()
        guard self.directory.hasSquad(squad) else {
            throw .refused(Refusal(.unknownRoom, "The directory does not know squad \(squad)."))
        }
        return squad
    }

    /// For what no person may ask for.
    func requireSuite() throws(CommandFailure) {
        guard self.command.user.isEmpty else { throw .discarded("only the suite itself may do this") }
    }
}
