/// chat's answer to one command, as published on ``RedisNames/gateway(_:)``.
///
/// ```text
/// <re> ok <room> <epoch> <seq> <rights>⏎      or  <re> error - - - 0⏎
/// <answer, JSON>⏎
/// (<publication header>⏎<JSON>⏎)…
/// ```
/// JSON never holds a raw line break, so lines are safe borders. The pairs at the end are pushes for the asking socket
/// (history after a join, missed events after a resume), in order.
public struct ChatReply: Sendable, Equatable {
    public var correlation: String
    public var succeeded: Bool
    /// The room the answer is about; nil for refusals and for answers about many rooms.
    public var room: String?
    public var epoch: String?
    /// The room's last `seq` when the answer was made.
    public var sequence: Int?
    /// The asking user's permissions in the room, as bits.
    public var rights: Int
    /// JSON without line breaks.
    public var answer: [UInt8]
    public var pushes: [Publication]

    public init(
        correlation: String, succeeded: Bool, room: String? = nil, epoch: String? = nil, sequence: Int? = nil,
        rights: Int = 0, answer: [UInt8], pushes: [Publication] = []
    ) {
        self.correlation = correlation
        self.succeeded = succeeded
        self.room = room
        self.epoch = epoch
        self.sequence = sequence
        self.rights = rights
        self.answer = answer
        self.pushes = pushes
    }

    /// The first line without its line break.
    public var header: String {
        "\(self.correlation) \(self.succeeded ? "ok" : "error") \(self.room ?? "-") \(self.epoch ?? "-") "
            + "\(self.sequence.map(String.init) ?? "-") \(self.rights)"
    }

    /// The whole text as it is published.
    public var encoded: [UInt8] {
        var bytes = Array(self.header.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes += self.answer
        bytes.append(UInt8(ascii: "\n"))
        for push in self.pushes {
            bytes += push.encoded
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Reads a published reply; nil when it is none.
    public init?(decoding bytes: some Collection<UInt8>) {
        let lines = Array(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        guard lines.count >= 2, let header = String(validating: lines[0], as: UTF8.self) else { return nil }
        let words = header.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[1] == "ok" || words[1] == "error", let rights = Int(words[5]) else { return nil }
        var pushes: [Publication] = []
        var index = 2
        while index + 1 < lines.count {
            guard let push = Publication(header: lines[index], json: Array(lines[index + 1])) else { return nil }
            pushes.append(push)
            index += 2
        }
        guard index == lines.count else { return nil }
        self.init(
            correlation: String(words[0]), succeeded: words[1] == "ok", room: words[2] == "-" ? nil : String(words[2]),
            epoch: words[3] == "-" ? nil : String(words[3]), sequence: Int(words[4]), rights: rights,
            answer: Array(lines[1]), pushes: pushes)
    }
}
