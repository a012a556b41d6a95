extension Publication {
    /// The line before a publication's JSON; the same line stands in replies, before each push.
    ///
    /// ```text
    /// <event> <room> <epoch> <seq or -> <flags> <user or ->
    /// ```
    public struct Header: Sendable, Equatable {
        public var event: String
        public var room: String
        public var epoch: String
        /// Nil for what the room's log does not hold (typing, presence).
        public var sequence: Int?
        public var flag: Flag
        /// Of a ``Event/roomState`` alone, which stands inside replies: whether what follows it is complete. It is
        /// written where other events have their flag.
        public var completeness: Completeness?
        /// The user whom the flag, or a typing notice, is about.
        public var user: String?

        public init(
            event: String, room: String, epoch: String, sequence: Int? = nil, flag: Flag = .none,
            completeness: Completeness? = nil, user: String? = nil
        ) {
            self.event = event
            self.room = room
            self.epoch = epoch
            self.sequence = sequence
            self.flag = flag
            self.completeness = completeness
            self.user = user
        }

        /// The line without its line break.
        public var text: String {
            var bytes: [UInt8] = []
            self.write(to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }

        func write(to bytes: inout [UInt8]) {
            bytes.write(self.event)
            bytes.writeWord(self.room)
            bytes.writeWord(self.epoch)
            bytes.writeWord(self.sequence.map { String($0) } ?? "-")
            bytes.writeWord(self.completeness?.rawValue ?? self.flag.text)
            bytes.writeWord(self.user ?? "-")
        }

        /// Reads a line; nil when it is not a header.
        public init?(_ line: UnsafeRawBufferPointer) {
            var words = HeaderWords(line)
            guard let event = words.next(), let room = words.next(), let epoch = words.next(),
                let sequence = words.nextSequence(), let flags = words.next(), let user = words.nextOrNone(),
                words.isAtEnd
            else { return nil }
            let completeness = event == Event.roomState ? Completeness(rawValue: flags) : nil
            guard let flag = completeness == nil ? Flag(flags) : Flag.none else { return nil }
            self.init(
                event: event, room: room, epoch: epoch, sequence: sequence, flag: flag, completeness: completeness,
                user: user)
        }
    }

    /// What the event does to one user's sockets besides being shown.
    public enum Flag: Sendable, Equatable {
        case none
        /// `D`: that user has lost the room; drop the user's sockets from it, after this event.
        case drop
        /// `R<bits>`: that user's permissions are now these bits.
        case rights(Int)

        public var text: String {
            switch self {
            case .none: "-"
            case .drop: "D"
            case .rights(let bits): "R\(bits)"
            }
        }

        public init?(_ text: some StringProtocol) {
            if text == "-" {
                self = .none
                return
            }
            if text == "D" {
                self = .drop
                return
            }
            guard text.first == "R", let bits = Int(text.dropFirst()), bits >= 0 else { return nil }
            self = .rights(bits)
        }
    }

    /// How much of what a room missed stands in a reply.
    public enum Completeness: String, Sendable {
        case complete = "R"
        case lost = "L"
        case morePages = "M"
    }
}
