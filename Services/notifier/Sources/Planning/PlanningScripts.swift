import Redis

/// `keep_once.lua`: keeps a text for a while, unless there is one.
struct KeepOnce {
    private static let script = RedisScript(name: "keep_once", source: PackageResources.keep_once_lua)

    let key: String
    let text: [UInt8]
    let milliseconds: Int

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [self.key], arguments: [RedisArgument(self.text), RedisArgument(self.milliseconds)])
    }
}

/// `note_rights.lua`: the rights that a member has in a room.
struct NoteRights {
    private static let script = RedisScript(name: "note_rights", source: PackageResources.note_rights_lua)

    let key: String
    let room: String
    /// As bits.
    let rights: Int

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [self.key], arguments: [RedisArgument(self.room), RedisArgument(self.rights)])
    }
}
