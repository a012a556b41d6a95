import NIOCore
import WireContract

/// chat's answer to one command, as a gateway reads it: see ``ChatReply`` for the form. The JSON stays untouched.
struct ReceivedReply: Equatable {
    let correlation: UInt64
    let succeeded: Bool
    let position: RoomPosition?
    /// The asking user's permissions in the room, as bits.
    let rights: Int
    /// The JSON that becomes `ok` or `error`.
    let answer: ByteBuffer
    /// What the asking socket gets after the answer, in order.
    let pushes: [LiveEvent]

    init?(_ payload: ByteBuffer) {
        var payload = payload
        guard let header = LineReader.line(from: &payload), let answer = LineReader.line(from: &payload) else {
            return nil
        }
        var words = WordReader(header)
        guard let correlation = words.next().flatMap({ UInt64($0) }), let outcome = words.next(),
            outcome == "ok" || outcome == "error", words.next() != nil, let epoch = words.next(),
            let number = words.next(), let rights = words.next().flatMap({ Int($0) }), words.isAtEnd
        else { return nil }
        var pushes: [LiveEvent] = []
        while payload.readableBytes > 0 {
            guard let line = LineReader.line(from: &payload), let json = LineReader.line(from: &payload),
                let push = LiveEvent(header: line, json: json)
            else { return nil }
            pushes.append(push)
        }
        self.correlation = correlation
        self.succeeded = outcome == "ok"
        self.position = Int(number).map { RoomPosition(epoch: epoch, sequence: $0) }
        self.rights = rights
        self.answer = answer
        self.pushes = pushes
    }
}

/// How far a room's events are known.
struct RoomPosition: Equatable {
    /// One life of one Redis server.
    var epoch: String
    /// The last event's number.
    var sequence: Int
}
