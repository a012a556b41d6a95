/// `leave {}`: one socket of the user is gone from the room.
struct LeaveRoom: Act, ScriptCall {
    /// A socket that goes away is no event of the room.
    static let events = 0

    static let script = ChatScript.command("leave_room", PackageResources.leave_room_lua, atMemoryLimit: .runs)

    private let head: CommandHead
    private let room: RoomKeys
    private let gateway: String
    private let socket: String
    private let moment: Moment
    private let graceMilliseconds: Int

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        _ = try context.knownRoom()
        guard let gateway = context.command.gateway, let socket = context.command.socket else {
            throw .discarded("gateway and socket are missing")
        }
        self.head = context.head()
        self.room = context.room
        self.gateway = gateway
        self.socket = socket
        self.moment = context.moment
        self.graceMilliseconds = context.limits.graceMilliseconds
    }

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("ONLINE", .hash, self.room.online)
        input.key("ABSENT", .sortedSet, self.head.keys.absent)
        input.key("SOCKETS", .set, self.head.keys.sockets(gateway: self.gateway))
        input.argument("gateway", self.gateway)
        input.argument("socket", self.socket)
        input.argument("now_ms", self.moment.milliseconds)
        input.argument("grace_ms", self.graceMilliseconds)
    }
}
