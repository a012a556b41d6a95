/// chat's answer to one command, as published on ``RedisNames/gateway(_:)``.
///
/// ```text
/// <header>⏎
/// <answer, JSON>⏎
/// (<publication header>⏎<JSON>⏎)…
/// ```
/// JSON never holds a raw line break, so lines are safe borders. The pairs at the end are pushes for the asking socket
/// (history after a join, missed events after a resume), in order.
public struct ChatReply: Sendable, Equatable {
    /// The first line of a reply.
    ///
    /// ```text
    /// <re> ok <room or -> <epoch or -> <seq or -> <rights>      or  <re> error - - - 0
    /// ```
    public struct Header: Sendable, Equatable {
        /// The asking gateway's own token, repeated.
        public var correlation: String
        public var succeeded: Bool
        /// The room the answer is about; nil for refusals and for answers about many rooms.
        public var room: String?
        public var epoch: String?
        /// The room's last `seq` when the answer was made.
        public var sequence: Int?
        /// The asking user's permissions in the room, as bits.
        public var rights: Int

        public init(
            correlation: String, succeeded: Bool, room: String? = nil, epoch: String? = nil, sequence: Int? = nil,
            rights: Int = 0
        ) {
            self.correlation = correlation
            self.succeeded = succeeded
            self.room = room
            self.epoch = epoch
            self.sequence = sequence
            self.rights = rights
        }

        /// The line without its line break.
        public var text: String {
            var bytes: [UInt8] = []
            self.write(to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }

        fileprivate func write(to bytes: inout [UInt8]) {
            bytes.write(self.correlation)
            bytes.writeWord(self.succeeded ? "ok" : "error")
            bytes.writeWord(self.room ?? "-")
            bytes.writeWord(self.epoch ?? "-")
            bytes.writeWord(self.sequence.map { String($0) } ?? "-")
            bytes.writeWord(String(self.rights))
        }

        /// Reads a line; nil when it is not a header.
        public init?(_ line: UnsafeRawBufferPointer) {
            var words = HeaderWords(line)
            guard let correlation = words.next(), let outcome = words.next(), outcome == "ok" || outcome == "error",
                let room = words.nextOrNone(), let epoch = words.nextOrNone(), let sequence = words.nextSequence(),
                let rights = words.next().flatMap({ Int($0) }), words.isAtEnd
            else { return nil }
            self.init(
                correlation: correlation, succeeded: outcome == "ok", room: room, epoch: epoch, sequence: sequence,
                rights: rights)
        }
    }

    public var header: Header
    /// JSON without line breaks.
    public var answer: [UInt8]
    public var pushes: [Publication]

    public init(
        correlation: String, succeeded: Bool, room: String? = nil, epoch: String? = nil, sequence: Int? = nil,
        rights: Int = 0, answer: [UInt8], pushes: [Publication] = []
    ) {
        self.header = Header(
            correlation: correlation, succeeded: succeeded, room: room, epoch: epoch, sequence: sequence,
            rights: rights)
        self.answer = answer
        self.pushes = pushes
    }

    public var correlation: String { self.header.correlation }
    public var succeeded: Bool { self.header.succeeded }
    public var room: String? { self.header.room }
    public var epoch: String? { self.header.epoch }
    public var sequence: Int? { self.header.sequence }
    public var rights: Int { self.header.rights }

    /// The whole text as it is published.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        self.write(to: &bytes)
        return bytes
    }

    /// Appends ``encoded``.
    public func write(to bytes: inout [UInt8]) {
        self.header.write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        bytes += self.answer
        bytes.append(UInt8(ascii: "\n"))
        for push in self.pushes {
            bytes += push.encoded
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// Reads a published reply; nil when it is none.
    public init?(decoding bytes: some Collection<UInt8>) {
        let lines = Array(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        guard lines.count >= 2, lines.count % 2 == 0, let header = lines[0].withUnsafeBytes({ Header($0) }) else {
            return nil
        }
        var pushes: [Publication] = []
        for index in stride(from: 2, to: lines.count, by: 2) {
            guard let push = Publication(header: Array(lines[index]), json: Array(lines[index + 1])) else {
                return nil
            }
            pushes.append(push)
        }
        self.header = header
        self.answer = Array(lines[1])
        self.pushes = pushes
    }
}
