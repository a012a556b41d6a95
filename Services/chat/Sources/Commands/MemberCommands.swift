import Domain
import Redis
import WireContract

/// What changes in the directory mean for a room's members.
extension CommandHandler {
    /// `remove_member {user_id, reason}`, `change_rights {user_id}`: what the user may do is decided now, by the
    /// directory; a user who may not even read any more is removed.
    func changeMember(_ context: CommandContext) throws(CommandFailure) -> RedisScript.Call {
        guard context.command.user.isEmpty else { throw .discarded("only the suite itself may do this") }
        let squad = try self.squad(of: context)
        let data = try CommandData(context.command.data)
        guard let userID = try? UserID(try data.requiredString("user_id")) else {
            throw .discarded("user_id is malformed")
        }
        let user = self.directory.user(userID)
        let permissions = user.map { PermissionRules.permissions(of: $0, in: squad) } ?? []
        let removes = context.command.kind == .removeMember || !permissions.contains(.read)
        let member = user.map { RoomTexts.member($0) } ?? []
        let event: [UInt8]
        if removes {
            event =
                MemberRemovedPayload(
                    userID: userID.rawValue, username: user?.username ?? userID.rawValue,
                    reason: try data.string("reason") ?? "not a member of the squad"
                ).encodedTail
        } else {
            event = member
        }
        let keys = self.keys(of: context.command.room)
        return context.call(
            ChatScripts.changeMember,
            keys: self.commonKeys(keys) + [
                keys.members, keys.online, self.keys.absent, self.keys.joined(user: userID.rawValue),
                self.seen(context),
            ], outboxBound: self.limits.outboxBound,
            [
                removes ? "remove" : "change", RedisArgument(userID.rawValue), context.moment.milliseconds,
                RedisArgument(event), RedisArgument(context.command.id),
                removes ? "D" : RedisArgument("R\(permissions.rawValue)"), RedisArgument(member),
                context.digest(Array(userID.rawValue.utf8)), RedisArgument(self.limits.dedupeSeconds),
            ])
    }
}
