import WireContract

/// Every key of one partition that chat owns, its Redis type beside it. A class, because every command holds them.
final class ChatKeys: Sendable {
    let partition: Int
    private let prefix: String

    init(partition: Int) {
        self.partition = partition
        self.prefix = "sc:\(RedisNames.tag(partition)):"
        self.state = RedisNames.state(partition)
        self.commands = RedisNames.commands(partition)
        self.events = RedisNames.events(partition)
        self.dead = RedisNames.dead(partition)
    }

    /// hash: token, until, cursor, run, epoch, opening
    let state: String
    /// stream
    let commands: String
    /// stream, the outbox
    let events: String
    /// stream
    let dead: String
    /// set: the rooms of the partition
    var rooms: String { self.prefix + "rooms" }
    /// sorted set: `<room> <user>` → when the grace after the last socket ends, in milliseconds
    var absent: String { self.prefix + "absent" }
    /// set: gateways with sockets in rooms of the partition
    var gateways: String { self.prefix + "gateways" }
    /// set: `<room> <user> <socket>`
    func sockets(gateway: String) -> String { self.prefix + "sockets:" + gateway }
    /// set: rooms of which a user is a member
    func joined(user: String) -> String { self.prefix + "rooms:" + user }
    /// string with lifetime: digest and answer of a command
    func seen(room: String, author: String, id: String) -> String {
        var key: [UInt8] = []
        self.writeSeen(room: room, author: author, id: id, to: &key)
        return String(decoding: key, as: UTF8.self)
    }
    /// Appends it.
    func writeSeen(room: String, author: String, id: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: self.prefix.utf8)
        bytes.append(contentsOf: "seen:".utf8)
        bytes.append(contentsOf: room.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: author.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: id.utf8)
    }
    /// string with lifetime: `m <message id>` of a signal, or `o <outcome JSON>` that came before its signal
    func signal(room: String, signal: String) -> String { "\(self.prefix)signal:\(room):\(signal)" }

    /// hash: `<emoji> <user>` of one message, as `part_change.lua` says
    func reactions(message: String) -> String { self.prefix + "reactions:" + message }

    func room(_ room: String) -> RoomKeys { RoomKeys(room: room, prefix: self.prefix, partition: self.partition) }
}

/// The keys of one room, made once and kept. A class, because every command of the room holds them.
final class RoomKeys: Sendable {
    /// hash: epoch, epochs, seq, trimmed, name, squad, record, created, roster
    let room: String
    /// stream: `<seq>-0` → event, message, user, flags, json
    let log: String
    /// sharded pub/sub
    let live: String
    /// hash: message id → JSON
    let messages: String
    /// sorted set: message id → seq
    let index: String
    /// sorted set: message id → seq of its last change
    let changed: String
    /// hash: message id → its reactions as the two fields of a message
    let reacted: String
    /// hash: user → JSON
    let members: String
    /// hash: user → sockets with spaces between; empty while the grace lasts
    let online: String

    init(room: String, prefix: String, partition: Int) {
        self.room = prefix + "room:" + room
        self.log = prefix + "log:" + room
        self.live = RedisNames.live(room: room, partition: partition)
        self.messages = prefix + "messages:" + room
        self.index = prefix + "index:" + room
        self.changed = prefix + "changed:" + room
        self.reacted = prefix + "reacted:" + room
        self.members = prefix + "members:" + room
        self.online = prefix + "online:" + room
    }
}
