import Domain
import Redis
import WireContract

/// What Redis knows of a room as a whole.
struct RoomState: Sendable {
    /// The fields it is read from, in order.
    static let fields: [RedisArgument] = ["epoch", "seq", "trimmed", "epochs", "name", "squad"]

    let epoch: String
    /// The last event's number.
    var sequence: Int
    /// The highest seq of which the archive alone may hold the message.
    let trimmed: Int
    /// `epoch:start` of each epoch, with spaces between, in the order in which they began.
    let epochs: String
    /// JSON string with its quotes.
    let name: [UInt8]
    let squad: String

    /// - Returns: Nil while nobody has used the room.
    init?(_ reply: RedisValue) {
        guard let fields = reply.array, fields.count == Self.fields.count, let epoch = fields[0].string else {
            return nil
        }
        self.epoch = epoch
        self.sequence = fields[1].int ?? 0
        self.trimmed = fields[2].int ?? 0
        self.epochs = fields[3].string ?? ""
        self.name = fields[4].buffer.map { Array(buffer: $0) } ?? Array("\"\"".utf8)
        self.squad = fields[5].string ?? ""
    }

    /// Whether this is a point of the room's one history: in the present epoch, or in an older one before its successor
    /// began. Anything else saw events that no longer exist.
    func knows(epoch: String, sequence: Int) -> Bool {
        if epoch == self.epoch { return sequence <= self.sequence }
        let pairs = self.epochs.split(separator: " ").map { $0.split(separator: ":") }.filter { $0.count == 2 }
        guard let place = pairs.firstIndex(where: { $0[0] == epoch }), place + 1 < pairs.count,
            let next = Int(pairs[place + 1][1])
        else { return false }
        return sequence < next
    }
}

/// What stands in the way of reading rooms: they are of an epoch before the partition's, and must be opened in it first.
struct RoomsToReopen: Error {
    let rooms: [String]
}

extension RoomState {
    /// The answer to what was asked about the room while it stood like this.
    func reply(
        to command: ChatCommand, rights: Permissions, _ answer: [UInt8], pushes: [Publication] = []
    ) -> ChatReply {
        ChatReply(
            correlation: command.correlation ?? "", succeeded: true, room: command.room, epoch: self.epoch,
            sequence: self.sequence, rights: rights.rawValue, answer: answer, pushes: pushes)
    }
}
