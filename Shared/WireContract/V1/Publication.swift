/// One event of a room as it is published on ``RedisNames/live(room:partition:)``: a one-line header that a gateway can
/// read without parsing JSON, a line break, and the JSON bytes that reach the browser as `data`.
///
/// ```text
/// <event> <room> <epoch> <seq or -> <flags> <user or ->⏎<json>
/// ```
public struct Publication: Sendable, Equatable {
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

    /// The events, by their names on the wire.
    public enum Event {
        // With a `seq`, in the room's log:
        public static let roomCreated = "room_created"
        public static let newMessage = "new_message"
        public static let reactionAdded = "reaction_added"
        public static let reactionRemoved = "reaction_removed"
        public static let signalUpdated = "signal_updated"
        public static let memberAdded = "member_added"
        public static let memberRemoved = "member_removed"
        public static let memberUpdated = "member_updated"
        // Without:
        public static let userJoined = "user_joined"
        public static let userLeft = "user_left"
        public static let userTyping = "user_typing"
        public static let userStoppedTyping = "user_stopped_typing"
        // Only in the outbox, without a place in the room (seq 0): an outcome that came before its signal.
        public static let outcomeParked = "outcome_parked"
        // Only inside replies:
        public static let roomHistory = "room_history"
        public static let roomState = "room_state"
    }

    public var event: String
    public var room: String
    public var epoch: String
    /// Nil for what the room's log does not hold (typing, presence).
    public var sequence: Int?
    public var flag: Flag
    /// The user whom the flag, or a typing notice, is about.
    public var user: String?
    public var json: [UInt8]

    public init(
        event: String, room: String, epoch: String, sequence: Int?, flag: Flag = .none, user: String? = nil,
        json: [UInt8]
    ) {
        self.event = event
        self.room = room
        self.epoch = epoch
        self.sequence = sequence
        self.flag = flag
        self.user = user
        self.json = json
    }

    /// The header without its line break.
    public var header: String {
        "\(self.event) \(self.room) \(self.epoch) \(self.sequence.map(String.init) ?? "-") \(self.flag.text) "
            + "\(self.user ?? "-")"
    }

    /// Header, line break, JSON.
    public var encoded: [UInt8] { Array(self.header.utf8) + [UInt8(ascii: "\n")] + self.json }

    /// Reads a header line and takes the JSON as it is; nil when the header is not one.
    public init?(header: some Collection<UInt8>, json: [UInt8]) {
        guard let text = String(validating: header, as: UTF8.self) else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, !words.contains(where: { $0.isEmpty }), let flag = Flag(words[4]) else { return nil }
        guard words[3] == "-" || (Int(words[3]) ?? -1) >= 0 else { return nil }
        self.init(
            event: String(words[0]), room: String(words[1]), epoch: String(words[2]), sequence: Int(words[3]),
            flag: flag, user: words[5] == "-" ? nil : String(words[5]), json: json)
    }

    /// Reads a whole publication; nil when it is none.
    public init?(decoding bytes: some Collection<UInt8>) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        self.init(header: bytes[..<end], json: Array(bytes[bytes.index(after: end)...]))
    }
}
