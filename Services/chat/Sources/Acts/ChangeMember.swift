import Domain
import WireContract

/// `remove_member {user_id, reason}`, `change_rights {user_id}`: what the user may do is decided now, by the directory;
/// a user who may not even read any more is removed.
struct ChangeMember: Act, ScriptCall {
    static let script = ChatScript.command("change_member", PackageResources.change_member_lua, .room, .once, .message)

    private let once: OnceHead
    private let user: UserID
    private let removes: Bool
    private let permissions: Permissions
    /// The event after its seq.
    private let event: [UInt8]
    /// The member after its seq.
    private let member: [UInt8]

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        try context.requireSuite()
        let room = try context.knownRoom()
        let data = try CommandData(context.command.data)
        guard let userID = try? UserID(try data.requiredString("user_id")) else {
            throw .discarded("user_id is malformed")
        }
        let user = context.directory.user(userID)
        self.user = userID
        self.permissions =
            user.map { RoomPolicy.permissions(of: $0, in: room.record, at: context.moment.timestamp) } ?? []
        self.removes = context.command.kind == .removeMember || !self.permissions.contains(.read)
        self.member = user.map { RoomJSON.member($0) } ?? []
        if self.removes {
            self.event =
                MemberRemovedPayload(
                    userID: userID.rawValue, username: user?.username ?? userID.rawValue,
                    reason: try data.string("reason") ?? "not a member of the squad"
                ).encodedTail
        } else {
            self.event = self.member
        }
        self.once = context.once(over: Array(userID.rawValue.utf8), for: context.limits.dedupeSeconds)
    }

    func fill(_ input: inout ScriptInput) {
        self.once.fill(&input)
        input.key("MEMBERS", .hash, self.once.room.members)
        input.key("ONLINE", .hash, self.once.room.online)
        input.key("ABSENT", .sortedSet, self.once.command.keys.absent)
        input.key("JOINED", .set, self.once.command.keys.joined(user: self.user.rawValue))
        input.argument("change", self.removes ? "remove" : "update")
        input.argument("user", self.user.rawValue)
        input.argument("event", self.event)
        input.argument("flags", self.removes ? "D" : "R\(self.permissions.rawValue)")
        input.argument("new_rights", self.permissions.rawValue)
        input.argument("member", self.member)
    }
}
