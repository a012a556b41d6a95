import Domain
import WireContract

/// Who asks, in which room, and what they may do there.
struct Asker {
    let user: DirectoryUser
    let room: Room
    let permissions: Permissions
}

extension CommandContext {
    /// Decides who asks and what they may do, from the directory alone.
    ///
    /// - Parameter needed: What the command takes; `forbidden` without it.
    nonisolated(nonsending) func asker(with needed: Permissions) async throws(CommandFailure) -> Asker {
        let room = try self.knownRoom()
        guard let userID = try? UserID(self.command.user) else {
            throw .discarded("user: \(self.command.user.isEmpty ? "missing" : "malformed")")
        }
        var found = self.directory.user(userID)
        if found == nil { found = await self.directory.newUser(userID) }
        guard let user = found else {
            throw .refused(Refusal(.forbidden, "The directory does not know this user."))
        }
        let permissions = RoomPolicy.permissions(of: user, in: room.record, at: self.moment.timestamp)
        // A squad that does not exist and one that is another's look the same to those who may not enter.
        guard permissions.contains(.read) else {
            throw .refused(Refusal(.forbidden, "This room belongs to another squad."))
        }
        guard self.directory.has(room, besides: user) else {
            throw .refused(Refusal(.unknownRoom, "There is no such room."))
        }
        guard permissions.isSuperset(of: needed) else {
            throw .refused(Refusal(.forbidden, "Your role does not allow this here."))
        }
        return Asker(user: user, room: room, permissions: permissions)
    }

    /// The room that the command is about.
    func knownRoom() throws(CommandFailure) -> Room {
        guard let roomID = try? RoomID(self.command.room) else { throw .discarded("room: malformed") }
        guard PartitionMap.partition(of: roomID.rawValue, of: self.limits.partitions) == self.keys.partition else {
            throw .discarded("room: belongs to another partition")
        }
        guard let room = self.rooms.room(roomID) else {
            throw .refused(Refusal(.unknownRoom, "There is no such room."))
        }
        return room
    }

    /// The room of a command of the suite itself; its squad must exist.
    func roomOfSuite() throws(CommandFailure) -> Room {
        try self.requireSuite()
        let room = try self.knownRoom()
        guard self.directory.has(room) else {
            throw .refused(Refusal(.unknownRoom, "The directory does not know the squad of \(room.roomID)."))
        }
        return room
    }

    /// For what no person may ask for.
    func requireSuite() throws(CommandFailure) {
        guard self.command.user.isEmpty else { throw .discarded("only the suite itself may do this") }
    }
}
