import Redis
import WireContract

// The gateway's scripts: one type each, which gives names to what the script is given, in its order.

/// `count_message.lua`: one message, or one reaction, of a user against the limit.
struct CountMessage {
    private static let script = RedisScript(name: "count_message", source: PackageResources.count_message_lua)

    /// Where those of the user are kept.
    let key: String
    let allowed: Int
    let windowInMilliseconds: Int
    /// The command's room and id: what is sent again is counted once.
    let message: String

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [self.key],
            arguments: [
                RedisArgument(self.allowed), RedisArgument(self.windowInMilliseconds), RedisArgument(self.message),
            ])
    }
}

/// `heartbeat.lua`: a gateway lives; who else does?
struct Heartbeat {
    private static let script = RedisScript(name: "heartbeat", source: PackageResources.heartbeat_lua)

    let gateway: String
    let deadAfterMilliseconds: Int

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [RedisNames.gateways],
            arguments: [RedisArgument(self.gateway), RedisArgument(self.deadAfterMilliseconds)])
    }
}

/// `note_pushed.lua`: how far a user's inbox was given to a page.
struct NotePushed {
    private static let script = RedisScript(name: "note_pushed", source: PackageResources.note_pushed_lua)

    let user: String
    let entry: StreamID
    let lifetimeInSeconds: Int

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script, keys: [RedisNames.inboxPushed(user: self.user)],
            arguments: [RedisArgument("\(self.entry)"), RedisArgument(self.lifetimeInSeconds)])
    }
}

/// `register_socket.lua`: one more socket of a user, and the end of the oldest above the cap.
struct RegisterSocket {
    private static let script = RedisScript(name: "register_socket", source: PackageResources.register_socket_lua)

    let user: String
    /// `<gateway>/<socket>`.
    let socket: String
    /// 0 for none.
    let cap: Int
    let deadAfterMilliseconds: Int
    let liveGateways: Set<String>

    var call: RedisScript.Call {
        RedisScript.Call(
            Self.script,
            keys: [
                RedisNames.sockets(user: self.user), RedisNames.personal(user: self.user),
                RedisNames.inbox(user: self.user),
            ],
            arguments: [
                RedisArgument(self.socket), RedisArgument(self.cap), RedisArgument(self.deadAfterMilliseconds),
                RedisArgument(PersonalEvent.inboxLength),
            ] + self.liveGateways.map { RedisArgument($0) })
    }
}
