import Domain
import JSON
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

    /// Why the command was refused; nil when it was not, or with a word that we do not know.
    var refusal: Refusal.Code? {
        guard !self.succeeded else { return nil }
        let json = try? JSONValue(parsing: self.answer.readableBytesView)
        return json?["code"]?.string.flatMap { Refusal.Code(rawValue: $0) }
    }

    /// Takes the first of the replies that one payload holds; an empty line stands between two.
    init?(takenFrom payload: inout ByteBuffer) {
        guard let line = LineReader.line(from: &payload), let answer = LineReader.line(from: &payload),
            let header = line.withUnsafeReadableBytes({ ChatReply.Header($0) }),
            let correlation = UInt64(header.correlation)
        else { return nil }
        var pushes: [LiveEvent] = []
        while payload.readableBytes > 0 {
            guard let line = LineReader.line(from: &payload) else { return nil }
            if line.readableBytes == 0 { break }
            guard let json = LineReader.line(from: &payload), let push = LiveEvent(line: line, json: json) else {
                return nil
            }
            pushes.append(push)
        }
        self.correlation = correlation
        self.succeeded = header.succeeded
        self.position = header.sequence.map { RoomPosition(epoch: header.epoch ?? "-", sequence: $0) }
        self.rights = header.rights
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
