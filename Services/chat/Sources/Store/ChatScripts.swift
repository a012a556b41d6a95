import Redis

/// chat's scripts. Each is put together from its parts; `#!lua` on top makes Redis refuse undeclared keys in a cluster.
enum ChatScripts {
    // What applies a command.
    static let joinRoom = command("join_room", PackageResources.join_room_lua, [creation, history, entrance])
    static let resumeRoom = command(
        "resume_room", PackageResources.resume_room_lua, [creation, history, resume, entrance])
    static let sendMessage = command("send_message", PackageResources.send_message_lua)
    static let changeReaction = command("change_reaction", PackageResources.change_reaction_lua)
    static let fetchHistory = command("fetch_history", PackageResources.fetch_history_lua, [history])
    static let postSystem = command("post_system", PackageResources.post_system_lua, [creation])
    static let postSignal = command("post_signal", PackageResources.post_signal_lua, [creation])
    static let updateSignal = command("update_signal", PackageResources.update_signal_lua)
    static let changeMember = command("change_member", PackageResources.change_member_lua)
    static let catchUp = plain("catch_up", PackageResources.catch_up_lua, [resume])
    static let leaveRoom = plain("leave_room", PackageResources.leave_room_lua)
    static let refuseCommand = plain("refuse_command", PackageResources.refuse_command_lua)
    static let discardCommand = plain("discard_command", PackageResources.discard_command_lua)

    // What the holder does outside any command.
    static let openPartition = holder("open_partition", PackageResources.open_partition_lua)
    static let restoreRoom = holder("restore_room", PackageResources.restore_room_lua)
    static let restoreMember = holder("restore_member", PackageResources.restore_member_lua)
    static let restoreMark = holder("restore_mark", PackageResources.restore_mark_lua)
    static let restoreLog = holder("restore_log", PackageResources.restore_log_lua)
    static let restoreMessages = holder("restore_messages", PackageResources.restore_messages_lua)
    static let reopenRoom = holder("reopen_room", PackageResources.reopen_room_lua)
    static let trimRoom = holder("trim_room", PackageResources.trim_room_lua)
    static let trimOutbox = holder("trim_outbox", PackageResources.trim_outbox_lua)
    static let declareAbsent = holder("declare_absent", PackageResources.declare_absent_lua)
    static let forgetGateway = holder("forget_gateway", PackageResources.forget_gateway_lua)

    private static let creation = PackageResources.part_creation_lua
    private static let history = PackageResources.part_history_lua
    private static let resume = PackageResources.part_resume_lua
    private static let entrance = PackageResources.part_entrance_lua

    /// A script of a command in one room.
    private static func command(_ name: String, _ body: [UInt8], _ parts: [[UInt8]] = []) -> RedisScript {
        self.plain(name, body, [PackageResources.part_room_lua] + parts)
    }

    /// A script of a command.
    private static func plain(_ name: String, _ body: [UInt8], _ parts: [[UInt8]] = []) -> RedisScript {
        self.script(name, [PackageResources.part_fence_lua] + parts + [body])
    }

    private static func holder(_ name: String, _ body: [UInt8]) -> RedisScript {
        self.script(name, [PackageResources.part_holder_lua, body])
    }

    private static func script(_ name: String, _ parts: [[UInt8]]) -> RedisScript {
        RedisScript(name: name, source: Array("#!lua\n".utf8) + parts.joined(separator: [UInt8(ascii: "\n")]))
    }
}
